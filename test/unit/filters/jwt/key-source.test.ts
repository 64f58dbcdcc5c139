import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FetchedDocument, KeysEvent } from '../../../../src/filters/jwt/fetch-keys.ts'
import { JwtRuntime } from '../../../../src/filters/jwt/jwt-runtime.ts'
import { RemoteKeySource } from '../../../../src/filters/jwt/key-source.ts'
import { TokenCache } from '../../../../src/filters/jwt/token-cache.ts'
import type { RemoteKeys } from '../../../../src/model/filters/jwt.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { issuerKey, jwkSetOf } from '../../../support/jwt.ts'

const remote: RemoteKeys = {
  url: 'https://issuer.test/jwks',
  ca: undefined,
  refreshMs: 600_000,
  staleMs: 3_600_000,
  unknownKeyMs: 30_000,
  timeoutMs: 5_000,
}
const first = jwkSetOf(issuerKey('ES256', 'a'))
const second = jwkSetOf(issuerKey('ES256', 'b'))
const failed: FetchedDocument = { kind: 'failed', why: 'refused' }

function fetched(text: string, maxAgeMs?: number): FetchedDocument {
  return { kind: 'fetched', text, maxAgeMs }
}

/** An issuer that answers as it is told, and what its source tells. */
class Issuer {
  answer: FetchedDocument = fetched(first)
  asked = 0
  readonly clock = new FakeClock()
  readonly events: string[] = []
  readonly results: string[] = []
  readonly deps = {
    clock: this.clock,
    random: () => 1,
    fetch: () => {
      this.asked += 1
      return Promise.resolve(this.answer)
    },
    text: () => undefined,
    onFetched: (result: string) => this.results.push(result),
    onEvent: ({ from, to, cause }: KeysEvent) => this.events.push(`${from} → ${to}: ${cause}`),
  }

  source(parts: Partial<RemoteKeys> = {}): RemoteKeySource {
    const source = new RemoteKeySource({ ...remote, ...parts }, this.deps)
    source.start()
    return source
  }

  kid(source: RemoteKeySource): string | undefined {
    return source.current()?.verifiers[0]?.kid
  }
}

describe('keys that are fetched', () => {
  test('are not there before the first answer, for which one waits', async () => {
    const issuer = new Issuer()
    const source = issuer.source()

    assert.equal(source.current(), undefined)
    await source.arrival()

    assert.equal(issuer.kid(source), 'a')
    assert.deepEqual(issuer.events, ['pending → fresh: 1 keys'])
  })

  test('are fetched again without anybody asking', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()
    issuer.answer = fetched(second)

    await issuer.clock.advanceAsync(600_000)

    assert.deepEqual([issuer.kid(source), issuer.asked], ['b', 2])
  })

  for (const [maxAge, after] of [
    [60_000, 60_000],
    [0, 30_000],
    [9_999_999, 600_000],
  ] as const) {
    test(`are fetched after ${after} ms when max-age is ${maxAge} ms`, async () => {
      const issuer = new Issuer()
      issuer.answer = fetched(first, maxAge)
      await issuer.source().arrival()

      await issuer.clock.advanceAsync(after - 1)
      assert.equal(issuer.asked, 1)

      await issuer.clock.advanceAsync(1)
      assert.equal(issuer.asked, 2)
    })
  }

  test('stay the same object while the issuer says the same', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()
    const before = source.current()

    await issuer.clock.advanceAsync(600_000)

    assert.equal(source.current(), before)
  })

  test('go on while the issuer is away, are gone after that, and come back; each is told once', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()
    issuer.answer = failed

    await issuer.clock.advanceAsync(600_000 + 3_599_999)
    assert.equal(issuer.kid(source), 'a')
    await issuer.clock.advanceAsync(60_000)
    assert.equal(source.current(), undefined)
    issuer.answer = fetched(second)
    await issuer.clock.advanceAsync(60_000)

    assert.equal(issuer.kid(source), 'b')
    assert.deepEqual(issuer.events, [
      'pending → fresh: 1 keys',
      'fresh → stale: refused',
      'stale → gone: the last keys are too old',
      'gone → fresh: 1 keys',
    ])
    assert.equal(issuer.results.filter((result) => result === 'failure').length > 50, true)
  })

  test('go on when the issuer answers garbage', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()
    issuer.answer = fetched('<html>')

    await issuer.clock.advanceAsync(600_000)

    assert.equal(issuer.kid(source), 'a')
    assert.match(issuer.events.at(-1) ?? '', /fresh → stale: the answer is not JSON/)
  })

  test('of which no configuration knows the authority any more go on in silence until it does', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()
    issuer.answer = { kind: 'forgotten', why: 'no authorities' }
    await issuer.clock.advanceAsync(600_000)
    const silent = [issuer.kid(source), issuer.results.length, issuer.events.length]
    issuer.answer = fetched(second)
    await issuer.clock.advanceAsync(60_000)

    assert.deepEqual([silent, issuer.kid(source), issuer.asked], [['a', 1, 1], 'b', 3])
  })

  test('of which no authority was ever known are told to be gone', async () => {
    const issuer = new Issuer()
    issuer.answer = { kind: 'forgotten', why: 'no authorities' }
    const source = issuer.source()
    await source.arrival()

    assert.deepEqual([issuer.events, issuer.results], [['pending → gone: no authorities'], ['failure']])
  })

  test('are asked for again ever more rarely, at most once a minute', async () => {
    const issuer = new Issuer()
    issuer.answer = failed
    await issuer.source().arrival()

    await issuer.clock.advanceAsync(63_000)
    assert.equal(issuer.asked, 7)
    await issuer.clock.advanceAsync(600_000)
    assert.equal(issuer.asked, 17)
  })

  test('are fetched for an unknown key, once in a while', async () => {
    const issuer = new Issuer()
    const source = issuer.source()
    await source.arrival()

    assert.equal(source.newer(), undefined)
    await issuer.clock.advanceAsync(30_000)
    issuer.answer = fetched(second)
    const [one, other] = [source.newer(), source.newer()]
    assert.equal(one, other)
    await one

    assert.deepEqual([issuer.kid(source), issuer.asked], ['b', 2])
    assert.equal(source.newer(), undefined)
  })

  test('let at most a thousand requests wait', () => {
    const source = new Issuer().source()

    const waits = Array.from({ length: 1_001 }, () => source.arrival())

    assert.deepEqual([waits[999] === undefined, waits[1_000]], [false, undefined])
  })

  test('are fetched once for all rules that say the same', async () => {
    const issuer = new Issuer()
    const runtime = new JwtRuntime(issuer.deps)

    const sources = Array.from({ length: 100 }, () => runtime.source({ kind: 'url', ...remote }))
    await sources[0]?.arrival()

    assert.deepEqual([new Set(sources).size, issuer.asked], [1, 1])
  })

  test('are used by a rule that fetches the same otherwise, until it has its own', async () => {
    const issuer = new Issuer()
    const runtime = new JwtRuntime(issuer.deps)
    const rule = { kind: 'url', ...remote } as const
    const before = runtime.source(rule)
    await before.arrival()
    issuer.answer = failed

    const edited = runtime.source({ ...rule, staleMs: 1_000 })
    const strangers = [
      runtime.source({ ...rule, ca: 'x' }),
      runtime.source({ ...rule, url: 'https://b.test' }),
    ]
    const keys = edited.current()
    await edited.arrival()

    assert.deepEqual(
      [keys === before.current(), strangers.map((one) => one.current())],
      [true, [undefined, undefined]],
    )
    await issuer.clock.advanceAsync(600_999)
    assert.equal(edited.current(), keys)
    await issuer.clock.advanceAsync(1)
    assert.equal(edited.current(), undefined)
  })
})

describe('tokens that were verified', () => {
  const verified = {
    claims: new Map(),
    registered: { subject: '', expires: 0, begins: 0 },
    algorithm: 'ES256',
    keys: { verifiers: [], skipped: [] },
    judgedBy: undefined,
    judgement: undefined,
  }

  test('are kept up to a number, those used last', () => {
    const cache = new TokenCache(100, 1_000_000)
    for (let i = 0; i < 1_000; i += 1) {
      cache.put(`token-${i}`, verified)
      assert.notEqual(cache.get('token-0'), undefined)
    }

    assert.equal(cache.size <= 100, true)
    assert.equal(cache.get('token-800'), undefined)
    assert.notEqual(cache.get('token-999'), undefined)
  })

  test('are kept up to a size', () => {
    const cache = new TokenCache(1_000, 16_000)
    for (let i = 0; i < 1_000; i += 1) cache.put(`${i}-${'x'.repeat(995)}`, verified)

    assert.equal(cache.size <= 8, true)
  })
})
