import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RingHash } from '../../../src/upstream/ring-hash.ts'
import { candidates, type FakeCandidate } from '../../support/candidates.ts'
import { seededRandom, view } from '../../support/clusters.ts'

const byHeader = { kind: 'header', name: 'x-user' } as const
const keys = Array.from({ length: 10_000 }, (_, i) => view({ 'x-user': `user-${i}` }))

function ringOf(endpoints: readonly FakeCandidate[], seed = 1): RingHash<FakeCandidate> {
  const ring = new RingHash<FakeCandidate>(byHeader, seededRandom(seed))
  ring.update(endpoints)
  return ring
}

/** Percent of keys that go elsewhere in the second ring. */
function moved(before: RingHash<FakeCandidate>, after: RingHash<FakeCandidate>): number {
  return (100 * keys.filter((key) => before.pick(key)?.key !== after.pick(key)?.key).length) / keys.length
}

describe('ring hash', () => {
  test('gives a key the same endpoint in every process and whatever the order of endpoints', () => {
    const endpoints = candidates([1, 1, 1, 1])

    assert.equal(moved(ringOf(endpoints, 1), ringOf([...endpoints].reverse(), 2)), 0)
  })

  for (const count of [2, 5, 10, 100, 300]) {
    test(`when one of ${count} endpoints goes, only its keys move, about 1/${count}`, () => {
      const endpoints = candidates(Array.from({ length: count }, () => 1))
      const gone = endpoints[1]
      const before = ringOf(endpoints)
      const after = ringOf(endpoints.filter((endpoint) => endpoint !== gone))

      const moving = keys.filter((key) => before.pick(key) !== after.pick(key))
      const strangers = moving.filter((key) => before.pick(key) !== gone)
      const percent = (100 * moving.length) / keys.length
      assert.equal(strangers.length, 0)
      assert.ok(percent < (100 / count) * 1.6 && percent > (100 / count) * 0.5, `${percent} %`)
    })
  }

  test('an added endpoint takes its share from all and moves nothing else', () => {
    const endpoints = candidates([1, 1, 1, 1, 1])
    const added = endpoints[4]
    const before = ringOf(endpoints.slice(0, 4))
    const after = ringOf(endpoints)

    const elsewhere = keys.filter((key) => before.pick(key) !== after.pick(key) && after.pick(key) !== added)
    assert.equal(elsewhere.length, 0)
    assert.ok(Math.abs(moved(before, after) - 20) < 6)
  })

  test('large weights that are all the same are as good as none', () => {
    assert.equal(moved(ringOf(candidates([1, 1, 1])), ringOf(candidates([500, 500, 500]))), 0)
  })

  test('a request without a key goes anywhere', () => {
    const ring = ringOf(candidates([1, 1, 1]))
    const counts = new Map<unknown, number>()
    for (let i = 0; i < 3_000; i++) {
      const picked = ring.pick(view())
      counts.set(picked, (counts.get(picked) ?? 0) + 1)
    }

    assert.equal(counts.size, 3)
    assert.ok(Math.min(...counts.values()) > 700)
  })

  test('goes by configured weights, so that slow start moves no keys', () => {
    const endpoints = candidates([1, 1, 1])
    const before = ringOf(endpoints)
    const first = endpoints[0]
    assert.ok(first)
    first.effectiveWeight = 0.1

    assert.equal(moved(before, ringOf(endpoints)), 0)
  })

  test('a ring that saw many changes is the ring that is made at once', () => {
    const random = seededRandom(4)
    const all = candidates(Array.from({ length: 30 }, (_, i) => 1 + (i % 3)))
    const changed = ringOf([])
    let last = all
    for (let i = 0; i < 200; i++) {
      const members = all.filter(() => random() < 0.6).sort(() => random() - 0.5)
      changed.update(members)
      last = members
    }
    const fresh = ringOf(last)

    assert.deepEqual(
      keys.filter((key) => changed.pick(key) !== fresh.pick(key)),
      [],
    )
  })

  test('thousands of endpoints still have a place each', () => {
    const endpoints = candidates(Array.from({ length: 3_000 }, (_, i) => 1 + (i % 5)))
    const ring = ringOf(endpoints)

    assert.ok(new Set(keys.map((key) => ring.pick(key))).size > 2_000)
  })
})
