import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf, reasonsOf } from './reading.ts'

type Annotations = Readonly<Record<string, string>>
type Compat = 'off' | 'ingress-nginx'

function rulesOf(annotations: Annotations, compat: Compat = 'off') {
  const [filter] = readingOf(annotations, { compat }).route.filters
  return filter?.kind === 'rateLimit' ? filter.rules : []
}

describe('rate limits of ingress-nginx', () => {
  for (const [annotations, expected] of [
    [{ 'n:limit-rps': '10' }, [[10, 1000, 50]]],
    [{ 'n:limit-rpm': '60' }, [[60, 60_000, 300]]],
    [{ 'n:limit-rps': '10', 'n:limit-burst-multiplier': '1' }, [[10, 1000, 10]]],
    [
      { 'n:limit-rps': '10', 'n:limit-rpm': '60' },
      [
        [10, 1000, 50],
        [60, 60_000, 300],
      ],
    ],
    [{ 'n:limit-rps': '0' }, []],
    [{ 'n:limit-burst-multiplier': '3' }, []],
    [{ 'n:limit-allowlist': '10.0.0.0/8' }, []],
  ] as const) {
    test(`${JSON.stringify(annotations)} become ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(
        rulesOf(annotations).map(({ rate, per, burst }) => [rate, per, burst]),
        expected,
      )
      assert.deepEqual(readingOf(annotations).problems, [])
    })
  }

  test('count client addresses', () => {
    assert.deepEqual(rulesOf({ 'n:limit-rps': '10' })[0]?.key, [{ kind: 'client-ip' }])
  })

  test('answer 429, and 503 where an Ingress is to be served as ingress-nginx does', () => {
    assert.equal(rulesOf({ 'n:limit-rps': '10' })[0]?.status, 429)
    assert.equal(rulesOf({ 'n:limit-rps': '10' }, 'ingress-nginx')[0]?.status, 503)
  })

  for (const name of ['limit-whitelist', 'limit-allowlist']) {
    test(`leave out the clients of ${name}`, () => {
      const [rule] = rulesOf({ 'n:limit-rps': '10', [`n:${name}`]: '10.1.2.3/8, 2001:db8::/32' })

      assert.deepEqual(rule?.exceptClients, ['10.0.0.0/8', '2001:db8::/32'])
    })
  }

  test('stand before authentication and behind CORS', () => {
    const annotations = { 'n:limit-rps': '10', 'n:enable-cors': 'true', 'n:x-forwarded-prefix': '/x' }

    assert.deepEqual(
      readingOf(annotations).route.filters.map(({ kind }) => kind),
      ['cors', 'rateLimit', 'requestHeaders'],
    )
  })

  for (const [name, value] of [
    ['limit-rps', 'ten'],
    ['limit-rpm', '-1'],
    ['limit-burst-multiplier', '0'],
    ['limit-whitelist', '10.0.0.0/40'],
  ] as const) {
    test(`are told when ${name} is "${value}"`, () => {
      const read = readingOf({ 'n:limit-rps': '10', [`n:${name}`]: value })

      assert.deepEqual(reasonsOf(read), [`AnnotationInvalid n:${name}`])
    })
  }
})

describe('limits of connections of ingress-nginx', () => {
  function limitOf(annotations: Annotations, compat: Compat = 'off') {
    return readingOf(annotations, { compat }).route.filters.find(({ kind }) => kind === 'concurrencyLimit')
  }

  test('are limits of requests in flight by client address, with the status and exceptions of rates', () => {
    const limit = limitOf({ 'n:limit-connections': '20', 'n:limit-whitelist': '10.0.0.0/8' }, 'ingress-nginx')

    assert.ok(limit?.kind === 'concurrencyLimit')
    assert.deepEqual(
      [limit.limit, limit.key, limit.status, limit.exceptClients],
      [20, [{ kind: 'client-ip' }], 503, ['10.0.0.0/8']],
    )
  })

  test('answer 429 elsewhere, stand behind rates, and 0 is none', () => {
    const read = readingOf({ 'n:limit-rps': '10', 'n:limit-connections': '20' })
    const limit = limitOf({ 'n:limit-connections': '20' })

    assert.deepEqual(
      read.route.filters.map(({ kind }) => kind),
      ['rateLimit', 'concurrencyLimit'],
    )
    assert.equal(limit?.kind === 'concurrencyLimit' && limit.status, 429)
    assert.deepEqual([read.problems, limitOf({ 'n:limit-connections': '0' })], [[], undefined])
  })

  test('are told when they are no number', () => {
    assert.deepEqual(reasonsOf(readingOf({ 'n:limit-connections': 'many' })), [
      'AnnotationInvalid n:limit-connections',
    ])
  })
})

describe('a rate limit in an annotation of ours', () => {
  test('is a filter like any other', () => {
    const read = readingOf({
      't:filters': '[{ rateLimit: { key: { header: X-Key }, rate: 5/m, name: login } }]',
    })

    const [filter] = read.route.filters
    assert.deepEqual(read.problems, [])
    assert.deepEqual(filter?.kind === 'rateLimit' && [filter.rules[0]?.key, filter.rules[0]?.rate], [
      [{ kind: 'header', name: 'x-key' }],
      5,
    ])
  })

  test('is told, and closes its routes, when it is wrong', () => {
    const read = readingOf({ 't:filters': '[{ rateLimit: { rate: fast } }]' })

    assert.deepEqual(reasonsOf(read), ['AnnotationInvalid t:filters'])
    assert.notEqual(read.blocked, undefined)
  })
})
