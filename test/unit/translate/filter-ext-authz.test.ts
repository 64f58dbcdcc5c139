import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printModel } from '../../../src/model/print.ts'
import { modelOf, problemsOf } from '../../support/model.ts'

function config(extAuthz: string): string {
  return `listeners: [{ name: web, address: ":8080" }]
routes:
  - to: shop
    filters: [{ extAuthz: ${extAuthz} }]
clusters:
  shop: { endpoints: ["10.0.0.5:80"] }
  authz: { endpoints: ["10.0.0.9:80"], protocol: h2 }
`
}

describe('extAuthz in a file', () => {
  test('asks with usual settings when only a cluster is named', () => {
    assert.deepEqual(modelOf(config('{ to: authz }')).routes[0]?.filters, [
      {
        kind: 'extAuthz',
        cluster: 'authz',
        timeout: 5000,
        failure: 'closed',
        told: 'all',
        toldBody: undefined,
        toUpstream: 'any',
        identity: undefined,
        context: [],
        metadata: [],
      },
    ])
  })

  test('prints no metadata that is named like a secret', () => {
    const text = printModel(
      modelOf(config('{ to: authz, metadata: { authorization: Bearer hunter2, x-tenant: shop } }')),
      'json',
    )

    assert.match(text, /shop/)
    assert.doesNotMatch(text, /hunter2/)
  })

  for (const [extAuthz, why] of [
    ['{ to: autzh }', /cluster "autzh" does not exist; did you mean "authz"\?/],
    ['{ to: shop }', /cluster "shop" speaks HTTP\/1\.1.*protocol: h2/],
    ['{}', /"to"/],
    ['{ to: authz, failure: maybe }', /failure/],
    ['{ to: authz, timeout: 0s }', /"no limit"/],
    ['{ to: authz, body: { max: 2MiB } }', /more than 1 MiB/],
    ['{ to: authz, upstreamHeaders: [Content-Length] }', /belongs to the connection/],
    ['{ to: authz, upstreamHeaders: some }', /upstreamHeaders|"any"/],
    ['{ to: authz, identityHeader: "a b" }', /is not a name of a header/],
    ['{ to: authz, metadata: { grpc-timeout: 1S } }', /has "grpc-timeout"/],
    ['{ to: authz, metadata: { a-bin: x } }', /has "a-bin"/],
    ['{ to: authz, metadata: { te: trailers } }', /belongs to the connection/],
    ['{ to: authz, context: { "": x } }', /is not a name/],
  ] as const) {
    test(`${extAuthz} is refused`, () => {
      assert.match(problemsOf(config(extAuthz)).join('\n'), why)
    })
  }
})
