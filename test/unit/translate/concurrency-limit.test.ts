import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { modelOf, problemsOf } from '../../support/gateway.ts'

function config(concurrencyLimit: unknown, more: object = {}) {
  return {
    ...more,
    listeners: [{ name: 'web', address: '127.0.0.1:8080' }],
    routes: [{ name: 'r', filters: [{ concurrencyLimit }, { respond: {} }] }],
  }
}

describe('a limit of concurrency as it is written', () => {
  test('has safe defaults: each client, answered with 429', () => {
    assert.deepEqual(modelOf(config({ limit: 10 })).routes[0]?.filters[0], {
      kind: 'concurrencyLimit',
      name: undefined,
      key: [{ kind: 'client-ip' }],
      prefix: { v4: 32, v6: 64 },
      missing: 'shared',
      limit: 10,
      store: 'default',
      onStoreError: 'local',
      mode: 'enforce',
      status: 429,
      headers: 'denied',
      exceptClients: [],
      exceptIdentities: [],
    })
  })

  test('may be counted in a Redis that there is', () => {
    const redis = { redis: { url: 'redis://127.0.0.1:6379' } }

    const filter = modelOf(config({ limit: 10, store: 'redis' }, redis)).routes[0]?.filters[0]

    assert.equal(filter?.kind === 'concurrencyLimit' && filter.store, 'redis')
  })

  for (const [written, expected] of [
    [{}, /has no "limit"/],
    [{ limit: 0 }, /0/],
    [{ limit: 10, key: { header: 'x y' } }, /x y/],
    [{ limit: 10, rate: '1/s' }, /"rate"/],
    [{ limit: 10, store: 'redis' }, /is to be counted in "redis", and there is none/],
  ] as const) {
    test(`refuses ${JSON.stringify(written)}, and says what instead`, () => {
      const [problem, ...others] = problemsOf(config(written))

      assert.match(problem?.message ?? '', expected)
      assert.notEqual(problem?.remedy, '')
      assert.deepEqual(others, [])
    })
  }
})
