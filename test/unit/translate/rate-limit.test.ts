import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { modelOf, problemsOf } from '../../support/gateway.ts'

function config(rateLimit: unknown) {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:8080' }],
    routes: [{ name: 'r', filters: [{ rateLimit }, { respond: {} }] }],
  }
}

function ruleOf(rateLimit: unknown) {
  const spec = modelOf(config(rateLimit)).routes[0]?.filters[0]
  return spec?.kind === 'rateLimit' ? spec.rules : []
}

describe('a rate limit as it is written', () => {
  test('has safe defaults: each client, one second of burst, answered with 429', () => {
    assert.deepEqual(ruleOf({ rate: '100/s' }), [
      {
        name: undefined,
        key: [{ kind: 'client-ip' }],
        prefix: { v4: 32, v6: 64 },
        missing: 'shared',
        kind: 'rate',
        rate: 100,
        per: 1000,
        burst: 100,
        cost: 1,
        laterCost: undefined,
        overrides: [],
        onStoreError: 'local',
        mode: 'enforce',
        status: 429,
        headers: 'denied',
        legacyHeaders: 'off',
        exceptClients: [],
        exceptIdentities: [],
      },
    ])
  })

  for (const [written, rate, per, burst] of [
    ['100/s', 100, 1000, 100],
    ['600/m', 600, 60_000, 10],
    ['20/10s', 20, 10_000, 2],
    ['10/h', 10, 3_600_000, 1],
    ['5000/d', 5000, 86_400_000, 1],
    ['1/31d', 1, 31 * 86_400_000, 1],
  ] as const) {
    test(`reads "${written}" with a burst of ${burst}`, () => {
      const [rule] = ruleOf({ rate: written })

      assert.deepEqual([rule?.rate, rule?.per, rule?.burst], [rate, per, burst])
    })
  }

  for (const [key, parts] of [
    ['everyone', []],
    ['host', [{ kind: 'host' }]],
    [{ header: 'X-Key' }, [{ kind: 'header', name: 'x-key' }]],
    [
      ['client-ip', { cookie: 'sid' }, { query: 'k' }, { claim: 'https://a.test/tenant' }],
      [
        { kind: 'client-ip' },
        { kind: 'cookie', name: 'sid' },
        { kind: 'query', name: 'k' },
        { kind: 'claim', name: 'https://a.test/tenant' },
      ],
    ],
  ] as const) {
    test(`reads the key ${JSON.stringify(key)}`, () => {
      assert.deepEqual(ruleOf({ rate: '1/s', key })[0]?.key, parts)
    })
  }

  for (const [written, rate, per] of [
    ['500/h', 500, 3_600_000],
    ['10000/d', 10_000, 86_400_000],
    ['100000/30d', 100_000, 30 * 86_400_000],
    ['7/m', 7, 60_000],
  ] as const) {
    test(`reads the quota "${written}"`, () => {
      const [rule] = ruleOf({ quota: written, cost: { responseHeader: 'x-cost' } })

      assert.deepEqual([rule?.kind, rule?.rate, rule?.per, rule?.burst], ['quota', rate, per, 0])
      assert.equal(rule?.laterCost?.most, rate)
    })
  }

  for (const [cost, first, laterCost] of [
    [3, 3, undefined],
    [{ responseHeader: 'X-Cost' }, 1, { header: 'x-cost', most: 10, clients: 'keep' }],
    [
      { responseHeader: 'x-cost', first: 2, most: 500, clients: 'remove' },
      2,
      { header: 'x-cost', most: 500, clients: 'remove' },
    ],
  ] as const) {
    test(`reads the cost ${JSON.stringify(cost)}`, () => {
      const [rule] = ruleOf({ rate: '5/s', burst: 9, cost })

      assert.deepEqual([rule?.cost, rule?.laterCost], [first, laterCost])
    })
  }

  test('may be a list of rules', () => {
    assert.deepEqual(
      ruleOf([{ rate: '1/s' }, { rate: '5/m', name: 'minute' }]).map(({ name, rate }) => [name, rate]),
      [
        [undefined, 1],
        ['minute', 5],
      ],
    )
  })

  for (const [rateLimit, message, remedy] of [
    [{ rate: 100 }, /100 .*is not a rate$/, 'write "100/s" or "100/m"'],
    [{ rate: '100 r/s' }, /"100 r\/s" is not a rate$/, 'write "100/s"'],
    [{ rate: '10 per minute' }, /is not a rate$/, 'write "10/m"'],
    [{ rate: '0/s' }, /"0\/s" admits nothing$/, /at least "1\/d"/],
    [{ rate: '5/0s' }, /has no time$/, 'write "5/s"'],
    [{ rate: '5/32d' }, /counts over more than 31 days$/, 'write at most "5/31d"'],
    [{}, /a rate limit has no "rate"$/, 'add "rate", such as "100/s", or "quota", such as "10000/d"'],
    [{ rate: '10/month' }, /is not a rate$/, 'write "10/30d"'],
    [{ quota: '10000 per month' }, /is not a quota$/, 'write "10000/30d"'],
    [{ quota: '3/week' }, /is not a quota$/, 'write "3/7d"'],
    [{ quota: '5/s' }, /is over less than a minute$/, 'write "rate: 5/s", or a longer time'],
    [{ quota: '5/h', rate: '1/s' }, /quota "5\/h" stands beside "rate"$/, /a rule of its own/],
    [{ quota: '5/h', burst: 3 }, /burst .*says nothing of a quota/, 'remove it'],
    [{ quota: '5/h', cost: 6 }, /is above the quota$/, 'lower it'],
    [{ rate: '1/s', key: 'ip' }, /"ip"/, /"client-ip"/],
    [{ rate: '1/s', key: [] }, /is empty$/, /write at least one/],
    [
      { rate: '1/s', cost: 3 },
      /"?3"? is never admitted: at most 2 come at once$/,
      'add "burst: 2", or lower it',
    ],
    [
      { rate: '1/s', cost: { responseHeader: 'x-cost', first: 3 } },
      /is never admitted: at most 2 come at once$/,
      'add "burst: 2", or lower it',
    ],
    [{ rate: '1/s', cost: { first: 3 } }, /has no "responseHeader"$/, /add "responseHeader"/],
    [{ rate: '1/s', cost: { responseHeader: 'te' } }, /belongs to the connection/, 'leave it out'],
    [{ rate: '1/s', cost: 0 }, /0/, /./],
    [{ rate: '1/s', name: 'two words' }, /is not a name of a rate limit$/, /such as "login"/],
    [{ rate: '1/s', except: ['10.0.0.0/40'] }, /10\.0\.0\.0\/40/, /./],
    [{ rate: '1/s', brust: 3 }, /key "brust" is unknown in a rate limit$/, 'did you mean "burst"?'],
    [Array.from({ length: 17 }, () => ({ rate: '1/s' })), /is one rule too many$/, 'write at most 16'],
  ] as const) {
    test(`refuses ${JSON.stringify(rateLimit).slice(0, 60)}, and says where and what instead`, () => {
      const [problem, ...others] = problemsOf(config(rateLimit))

      assert.deepEqual([problem?.severity, others.length], ['error', 0])
      assert.match(problem?.message ?? '', message)
      if (typeof remedy === 'string') assert.equal(problem?.remedy, remedy)
      else assert.match(problem?.remedy ?? '', remedy)
      assert.ok((problem?.origin.line ?? 0) > 4)
    })
  }
})
