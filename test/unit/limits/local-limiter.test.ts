import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ask, Limit } from '../../../src/limits/limiter.ts'
import { LocalLimiter } from '../../../src/limits/local-limiter.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function limit(rate: number, burst: number, id = 'api'): Limit {
  return { id, kind: 'rate', rate, per: 1000, burst, overdraft: 0, onStoreError: 'local' }
}

function stage(options: { subjects?: number; shares?: number } = {}) {
  const clock = new FakeClock()
  const limiter = new LocalLimiter(clock, { subjects: 1000, shares: 1, ...options })
  return { clock, limiter, take: (...asks: Ask[]) => limiter.take(asks) }
}

function ask(of: Limit, subject = 'ann', cost = 1): Ask {
  return { limit: of, subject, cost }
}

/** How many of `times` the same questions are admitted. */
function admitted(take: () => { readonly kind: string }, times: number): number {
  return Array.from({ length: times }, take).filter(({ kind }) => kind === 'admitted').length
}

describe('a limiter in memory', () => {
  test('admits burst and one at once, then one for each interval', () => {
    const { clock, take } = stage()
    const api = limit(10, 4)

    assert.equal(
      admitted(() => take(ask(api)), 20),
      5,
    )
    clock.advance(200)
    assert.equal(
      admitted(() => take(ask(api)), 20),
      2,
    )
  })

  test('says what is left, and when the share is full again', () => {
    const { take } = stage()

    const verdict = take(ask(limit(10, 4), 'ann', 2))

    assert.deepEqual(verdict, {
      kind: 'admitted',
      remaining: [3],
      resetMs: [200],
      retryAfterMs: 0,
      deniedBy: -1,
      by: 'local',
    })
  })

  test('says when a denied request would pass', () => {
    const { clock, take } = stage()
    const api = limit(10, 0)
    take(ask(api))
    clock.advance(30)

    const denied = take(ask(api))

    assert.deepEqual(denied, {
      kind: 'denied',
      remaining: [0],
      resetMs: [70],
      retryAfterMs: 70,
      deniedBy: 0,
      by: 'local',
    })
    clock.advance(denied.retryAfterMs)
    assert.equal(take(ask(api)).kind, 'admitted')
  })

  test('takes nothing from one limit when another denies', () => {
    const { take } = stage()
    const wide = limit(10, 9, 'wide')
    const narrow = limit(10, 0, 'narrow')
    take(ask(wide), ask(narrow))

    const denied = take(ask(wide), ask(narrow))

    assert.deepEqual([denied.kind, denied.deniedBy, denied.remaining], ['denied', 1, [9, 0]])
    assert.deepEqual(take(ask(wide)).remaining, [8])
  })

  test('names the ask with the longest wait', () => {
    const { take } = stage()
    const fast = limit(10, 0, 'fast')
    const slow = limit(1, 0, 'slow')
    take(ask(fast), ask(slow))

    const denied = take(ask(fast), ask(slow))

    assert.deepEqual([denied.deniedBy, denied.retryAfterMs], [1, 1000])
  })

  test('takes twice from a share that is asked twice at once', () => {
    const { take } = stage()
    const api = limit(10, 2)

    assert.equal(
      admitted(() => take(ask(api), ask(api)), 3),
      1,
    )
  })

  test('keeps subjects and limits apart', () => {
    const { take } = stage()
    take(ask(limit(1, 0)))

    assert.equal(take(ask(limit(1, 0), 'bob')).kind, 'admitted')
    assert.equal(take(ask(limit(1, 0, 'other'))).kind, 'admitted')
    assert.equal(take(ask(limit(1, 0))).kind, 'denied')
  })

  test('counts on when a limit of the same id is made anew, by its new rate', () => {
    const { take } = stage()
    take(ask(limit(1, 0)))

    assert.equal(take(ask(limit(1, 0))).kind, 'denied')
    assert.equal(take(ask(limit(1, 1))).kind, 'admitted')
  })

  test('never admits a cost above burst and one, and still says a wait', () => {
    const { take } = stage()

    const { kind, retryAfterMs } = take(ask(limit(10, 1), 'ann', 3))

    assert.deepEqual([kind, retryAfterMs], ['denied', 100])
  })

  test('lets a share owe what is taken later, as far as its overdraft', () => {
    const { clock, limiter, take } = stage()
    const api = { ...limit(10, 4), overdraft: 20 }
    take(ask(api))

    limiter.debit([ask(api, 'ann', 10), ask(api, 'ann', 1_000_000)])
    const denied = take(ask(api))
    clock.advance(denied.retryAfterMs)

    // 25 are owed: 21 of them have to be paid off before there is room for one.
    assert.deepEqual([denied.kind, denied.remaining, denied.resetMs], ['denied', [0], [2500]])
    assert.equal(denied.retryAfterMs, 2100)
    assert.deepEqual([take(ask(api)).kind, take(ask(api)).kind], ['admitted', 'denied'])
  })

  for (const shares of [2, 4, 7]) {
    test(`divided by ${shares}, all together admit the limit and its burst`, () => {
      const all = Array.from({ length: shares }, () => stage({ shares }))
      const api = limit(100, 27)
      const everywhere = () => all.reduce((sum, { take }) => sum + admitted(() => take(ask(api)), 300), 0)

      const atOnce = everywhere()
      for (const { clock } of all) clock.advance(10_000 / 100)
      const later = everywhere()

      assert.equal(atOnce <= 28 && atOnce > 28 - shares, true, `${atOnce}`)
      assert.equal(later <= 10 + shares, true, `${later}`)
    })
  }

  test('divided by more than the burst, each admits what costs most', () => {
    const { take } = stage({ shares: 10 })

    assert.equal(take(ask(limit(10, 4), 'ann', 5)).kind, 'admitted')
    assert.equal(take(ask(limit(10, 4), 'ann', 1)).kind, 'denied')
  })
})
