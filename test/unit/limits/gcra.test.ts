import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { debtAt, leftOf, waitFor } from '../../../src/limits/gcra.ts'

interface Admitted {
  readonly at: number
  readonly cost: number
}

/** Asks after each of the gaps, and gives what was admitted. */
function admit(
  gaps: readonly { ms: number; cost: number }[],
  interval: number,
  burst: number,
): readonly Admitted[] {
  const capacity = interval * (burst + 1)
  const admitted: Admitted[] = []
  let now = 1e9
  let fullAt = -Infinity
  for (const { ms, cost } of gaps) {
    now += ms
    const debt = debtAt(fullAt, now, capacity)
    if (waitFor(debt, cost * interval, capacity) > 0) continue
    fullAt = now + debt + cost * interval
    admitted.push({ at: now, cost })
  }
  return admitted
}

/** The most that was admitted above what each window allows. */
function mostAbove(admitted: readonly Admitted[], interval: number, burst: number): number {
  let most = -Infinity
  for (const [first, { at: from }] of admitted.entries()) {
    let sum = 0
    for (const { at, cost } of admitted.slice(first)) {
      sum += cost
      most = Math.max(most, sum - ((at - from) / interval + burst + 1))
    }
  }
  return most
}

const gap = fc.record({
  ms: fc.double({ min: 0, max: 50, noNaN: true }),
  cost: fc.integer({ min: 1, max: 4 }),
})
const gaps = fc.array(gap, { maxLength: 200 })
const intervals = fc.double({ min: 0.01, max: 100, noNaN: true })
const bursts = fc.integer({ min: 0, max: 30 })

describe('the generic cell rate algorithm', () => {
  test('admits in no window more than its rate, its burst and one', () => {
    fc.assert(
      fc.property(gaps, intervals, bursts, (some, interval, burst) => {
        assert.ok(mostAbove(admit(some, interval, burst), interval, burst) < 0.02)
      }),
    )
  })

  test('admits burst and one at once, whatever the interval', () => {
    fc.assert(
      fc.property(intervals, bursts, (interval, burst) => {
        const atOnce = Array.from({ length: burst + 5 }, () => ({ ms: 0, cost: 1 }))

        assert.equal(admit(atOnce, interval, burst).length, burst + 1)
      }),
    )
  })

  test('admits after the wait it names, and not before', () => {
    fc.assert(
      fc.property(intervals, bursts, fc.double({ min: 0, max: 1, noNaN: true }), (interval, burst, part) => {
        const capacity = interval * (burst + 1)
        const debt = capacity * part
        const wait = waitFor(debt, interval, capacity)

        assert.equal(waitFor(debt - wait, interval, capacity), 0)
        assert.ok(wait < 1e-3 || waitFor(debt - wait * 0.9, interval, capacity) > 0)
      }),
    )
  })

  test('says how many more would pass at once', () => {
    fc.assert(
      fc.property(intervals, bursts, fc.integer({ min: 0, max: 30 }), (interval, burst, taken) => {
        const capacity = interval * (burst + 1)
        const debt = Math.min(capacity, taken * interval)

        assert.equal(leftOf(debt, interval, capacity), Math.max(0, burst + 1 - taken))
      }),
    )
  })

  test('admits all of an even flow of its rate', () => {
    const even = Array.from({ length: 1000 }, () => ({ ms: 1 / 3, cost: 1 }))

    assert.equal(admit(even, 1 / 3, 0).length, 1000)
  })

  test('locks nobody out for longer than a full share takes, when the clock went back', () => {
    assert.equal(debtAt(3_600_000, 0, 500), 500)
  })
})
