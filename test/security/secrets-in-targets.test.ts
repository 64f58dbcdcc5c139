import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printModel } from '../../src/model/print.ts'
import { modelOf, startGateway } from '../support/gateway.ts'

const filters = {
  forwardAuth: { to: 'auth', path: '/check?token=hunter2&kind=a' },
  jwt: {
    issuer: 'i',
    audience: 'a',
    jwks: { url: 'https://127.0.0.1:1/jwks?api_key=hunter2&kind=a' },
  },
}

describe('a secret in the query of what a filter asks', () => {
  for (const [kind, filter] of Object.entries(filters)) {
    const config = {
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ to: 'auth', filters: [{ [kind]: filter }] }],
      clusters: { auth: { endpoints: ['127.0.0.1:1'] } },
    }

    test(`of ${kind} is in no printed model`, () => {
      const text = printModel(modelOf(config), 'json')

      assert.match(text, /=\[secret\]&kind=a/)
      assert.doesNotMatch(text, /hunter2/)
    })

    test(`of ${kind} is not in what explain says`, async () => {
      await using gateway = await startGateway(config)
      const plans = gateway.gateway.table.plans.flatMap((part) => [...part.values()])
      const summary = plans.map(({ runtime }) => runtime.filters[0]?.summary).join()

      assert.match(summary, /=\[secret\]&kind=a/)
      assert.doesNotMatch(summary, /hunter2/)
    })
  }
})

describe('a password in a URL that an extension is told', () => {
  const modelWith = (dsn: string): string =>
    printModel(
      modelOf({
        listeners: [{ name: 'web', address: '127.0.0.1:0' }],
        routes: [{ to: 'a', filters: [{ extension: import.meta.filename, options: { dsn: [dsn] } }] }],
        clusters: { a: { endpoints: ['127.0.0.1:1'] } },
      }),
      'json',
    )

  for (const [dsn, shown] of [
    ['postgres://shop:hunter2@db.test/shop?a=b', 'postgres://shop:[secret]@db.test/shop?a=b'],
    ['redis://:hun@ter2@db.test', 'redis://:[secret]@db.test'],
    ['https://shop@a.test/x:y@z', 'https://shop@a.test/x:y@z'],
    ['https://a.test:8443/x@y', 'https://a.test:8443/x@y'],
  ] as const) {
    test(`is not in the printed model: ${shown}`, () => {
      assert.ok(modelWith(dsn).includes(JSON.stringify(shown)))
    })
  }
})
