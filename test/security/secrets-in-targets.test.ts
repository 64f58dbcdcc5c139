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
