import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { modelOf, problemsOf } from '../../support/model.ts'

function config(forwardAuth: string): string {
  return `listeners: [{ name: web, address: ":8080" }]
routes:
  - to: shop
    filters: [{ forwardAuth: ${forwardAuth} }]
clusters:
  shop: { endpoints: ["10.0.0.5:80"] }
  auth: { endpoints: ["10.0.0.9:80"] }
`
}

describe('forwardAuth in a file', () => {
  test('asks with usual settings when only a cluster is named', () => {
    const [filter] = modelOf(config('{ to: auth }')).routes[0]?.filters ?? []

    assert.deepEqual(filter, {
      kind: 'forwardAuth',
      cluster: 'auth',
      target: '/',
      method: 'GET',
      host: undefined,
      told: [
        'accept',
        'accept-language',
        'authorization',
        'cookie',
        'origin',
        'referer',
        'user-agent',
        'x-requested-with',
      ],
      toldBody: undefined,
      toUpstream: [],
      toClient: ['set-cookie'],
      denial: ['cache-control', 'content-type', 'location', 'retry-after', 'set-cookie', 'www-authenticate'],
      identity: undefined,
      timeout: 5000,
      body: 65_536,
      signIn: undefined,
      cache: undefined,
    })
  })

  test('remembers verdicts and tells bodies where it is asked to', () => {
    const caching = '{ to: auth, cache: { key: [{ header: Authorization }, uri], denials: 2s } }'
    const [remembers] = modelOf(config(caching)).routes[0]?.filters ?? []
    const [tells] = modelOf(config('{ to: auth, body: {} }')).routes[0]?.filters ?? []

    assert.deepEqual(remembers?.kind === 'forwardAuth' && remembers.cache, {
      key: [{ kind: 'header', name: 'authorization' }, { kind: 'uri' }],
      lifetimes: [
        { from: 200, to: 299, holds: 10_000 },
        { from: 300, to: 499, holds: 2_000 },
      ],
    })
    assert.deepEqual(tells?.kind === 'forwardAuth' && [tells.method, tells.toldBody], [
      'POST',
      { most: 8192, larger: 'refuse' },
    ])
  })

  for (const [forwardAuth, why] of [
    ['{ to: ayth }', /cluster "ayth" does not exist; did you mean "auth"\?/],
    ['{}', /needs|"to"/],
    ['{ to: auth, path: verify }', /is not a path/],
    ['{ to: auth, path: "/a#b" }', /is not a path/],
    ['{ to: auth, upstreamHeaders: [Content-Length] }', /belongs to the connection/],
    ['{ to: auth, upstreamHeaders: [Host] }', /not edited like other headers/],
    ['{ to: auth, denialHeaders: [Transfer-Encoding] }', /belongs to the connection/],
    ['{ to: auth, identityHeader: "a b" }', /is not a name of a header/],
    ['{ to: auth, method: CONNECT }', /is not a method the gateway carries/],
    ['{ to: auth, denialBody: 2MiB }', /more than 1 MiB/],
    ['{ to: auth, body: { max: 2MiB } }', /more than 1 MiB/],
    ['{ to: auth, body: {}, method: GET }', /sends no body/],
    ['{ to: auth, body: {}, cache: { key: [uri] } }', /verdict over one body/],
    ['{ to: auth, cache: { key: [] } }', /key/],
    ['{ to: auth, cache: {} }', /"key"/],
    ['{ to: auth, cache: { key: [uri], ttl: 25h } }', /longer than a day/],
    ['{ to: auth, cache: { key: [uri], denials: 25h } }', /longer than a day/],
    ['{ to: auth, cache: { key: [{ query: a }] } }', /query/],
    ['{ to: auth, timeout: 0s }', /"no limit"/],
    ['{ to: auth, signIn: { url: "javascript:x" } }', /is not a URL to sign in/],
    ['{ to: auth, signIn: { url: "//evil.test" } }', /is not a URL to sign in/],
    ['{ to: auth, signIn: { url: "/{uri}" } }', /is not a URL to sign in/],
    ['{ to: auth, signIn: { url: "https://user@a.test/" } }', /host/],
    ['{ to: auth, signIn: { url: "https://a.test/{method}" } }', /is not a URL to sign in/],
  ] as const) {
    test(`${forwardAuth} is refused`, () => {
      assert.match(problemsOf(config(forwardAuth)).join('\n'), why)
    })
  }

  for (const url of [
    'https://login.test',
    'https://login.test:8443/start',
    '/oauth2/start',
    '?login',
    'https://{host}/start?rd={escapedUri}',
    '{scheme}://{host}/start',
    'https://login.test/start?rd={scheme}://{host}{uri}',
  ]) {
    test(`signIn takes ${url}`, () => {
      assert.deepEqual(problemsOf(config(`{ to: auth, signIn: { url: "${url}" } }`)), [])
    })
  }
})
