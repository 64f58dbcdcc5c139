import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { Ask, Limit } from '../../../src/limits/limiter.ts'
import { LocalLimiter } from '../../../src/limits/local-limiter.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { PlainQuota } from '../../support/plain-quota.ts'

const hour = 3_600_000

function quotaOf(quota: number, parts: Partial<Limit> = {}): Limit {
  const amounts = { kind: 'quota', rate: quota, per: hour, burst: 0, overdraft: 0 } as const
  return { id: 'hour', ...amounts, onStoreError: 'local', ...parts }
}

function stage(shares = 1) {
  const clock = new FakeClock()
  clock.advance(10 * hour - (clock.now() % hour))
  const limiter = new LocalLimiter(clock, { subjects: 1000, shares })
  return { clock, limiter, take: (...asks: Ask[]) => limiter.take(asks) }
}

function ask(limit: Limit, cost = 1, subject = 'ann'): Ask {
  return { limit, subject, cost }
}

const steps = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 1, 60_000, 700_000, 1_800_000, hour, 2 * hour, 3 * hour),
    cost: fc.constantFrom(1, 1, 1, 2, 5),
  }),
  { minLength: 1, maxLength: 80 },
)
const quotas = fc.integer({ min: 1, max: 20 })

describe('a quota in memory', () => {
  test('is what the plain counts say, at every request', () => {
    fc.assert(
      fc.property(quotas, steps, (quota, all) => {
        const { clock, take } = stage()
        const plain = new PlainQuota(quota, hour)
        for (const { pause, cost } of all) {
          clock.advance(pause)
          const { kind, remaining } = take(ask(quotaOf(quota), cost))

          assert.equal(kind === 'admitted', plain.take(clock.now(), cost))
          assert.equal(remaining[0], Math.max(0, Math.floor(quota - plain.used(clock.now()) + 1e-6)))
        }
        assert.ok(plain.mostInWindow <= quota)
        assert.ok(plain.mostInLength < 2 * quota || plain.mostInLength <= quota)
      }),
    )
  })

  test('admits after the wait it names, and not before', () => {
    fc.assert(
      fc.property(quotas, steps, (quota, all) => {
        const { clock, take } = stage()
        for (const { pause, cost } of all) {
          clock.advance(pause)
          take(ask(quotaOf(quota), Math.min(cost, quota)))
        }
        const { kind, retryAfterMs } = take(ask(quotaOf(quota)))
        fc.pre(kind === 'denied' && retryAfterMs > 2)
        clock.advance(retryAfterMs - 1)
        const early = take(ask(quotaOf(quota)))
        clock.advance(1.001)

        assert.deepEqual([early.kind, take(ask(quotaOf(quota))).kind], ['denied', 'admitted'])
      }),
    )
  })

  test('may come at once, and comes back little by little in the hour after', () => {
    const { clock, take } = stage()
    const limit = quotaOf(100)
    const admitted = () =>
      Array.from({ length: 150 }, () => take(ask(limit))).filter(({ kind }) => kind === 'admitted').length

    const atOnce = admitted()
    clock.advance(hour)
    const atTheHour = admitted()
    clock.advance(hour / 4)

    assert.deepEqual([atOnce, atTheHour, admitted()], [100, 0, 25])
  })

  test('says what is left and when its window ends', () => {
    const { clock, take } = stage()
    clock.advance(hour / 2)

    const verdict = take(ask(quotaOf(10), 4))

    assert.deepEqual(verdict, {
      kind: 'admitted',
      remaining: [6],
      resetMs: [0.5 * hour],
      retryAfterMs: 0,
      deniedBy: -1,
      by: 'local',
    })
  })

  test('takes nothing when a rate beside it denies, and the other way round', () => {
    const { take } = stage()
    const rate: Limit = quotaOf(1, { id: 'rate', kind: 'rate', per: 1000 })
    take(ask(quotaOf(3)), ask(rate))

    const byRate = take(ask(quotaOf(3)), ask(rate))
    const byQuota = take(ask(quotaOf(1)), ask({ ...rate, id: 'other' }))

    assert.deepEqual([byRate.kind, byRate.deniedBy, byRate.remaining], ['denied', 1, [2, 0]])
    assert.deepEqual([byQuota.kind, byQuota.deniedBy], ['denied', 0])
    assert.equal(take(ask({ ...rate, id: 'other' })).kind, 'admitted')
  })

  test('is taken twice from when it is asked twice at once', () => {
    const { take } = stage()

    assert.equal(take(ask(quotaOf(3), 2), ask(quotaOf(3), 2)).kind, 'denied')
    assert.deepEqual(take(ask(quotaOf(3), 2), ask(quotaOf(3), 1)).remaining, [0, 0])
  })

  test('may be overdrawn by what is taken later, and forgets that after two hours', () => {
    const { clock, limiter, take } = stage()
    const limit = quotaOf(10, { overdraft: 50 })

    limiter.debit([ask(limit, 1000)])
    const denied = take(ask(limit))
    clock.advance(denied.retryAfterMs)
    const first = take(ask(limit))
    clock.advance(2 * hour)

    // 60 are counted: in the next hour 51 of 60 parts have to pass.
    assert.equal(Math.round(denied.retryAfterMs / 60_000), 60 + 51)
    assert.equal(first.kind, 'admitted')
    assert.deepEqual(take(ask(limit)).remaining, [9])
  })

  test('never admits more than it at once, and still says a wait', () => {
    const { take } = stage()

    const { kind, retryAfterMs } = take(ask(quotaOf(3), 4))

    assert.deepEqual([kind, retryAfterMs > 0], ['denied', true])
  })

  for (const shares of [2, 4, 7]) {
    test(`divided by ${shares}, all together admit it`, () => {
      const all = Array.from({ length: shares }, () => stage(shares))

      const admitted = all.flatMap(({ take }) => Array.from({ length: 40 }, () => take(ask(quotaOf(28)))))

      assert.equal(admitted.filter(({ kind }) => kind === 'admitted').length, 28)
    })
  }

  test('stays counted when the clock goes back', () => {
    const { clock, take } = stage()
    take(ask(quotaOf(1)))

    clock.advance(-3 * hour)

    assert.equal(take(ask(quotaOf(1))).kind, 'denied')
  })
})
