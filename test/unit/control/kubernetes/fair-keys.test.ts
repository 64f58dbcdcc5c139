import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { FairKeys } from '../../../../src/control/kubernetes/fair-keys.ts'

const shareOf = (key: string): string => key.charAt(0)

/** What is due at a time, in the order in which it is taken. */
function drained(keys: FairKeys, now: number): readonly string[] {
  const order: string[] = []
  for (let next = keys.first(now); next !== undefined && next.due <= now; next = keys.first(now)) {
    order.push(next.key)
    keys.take(next.key)
  }
  return order
}

function filled(rows: readonly (readonly [key: string, due: number])[]): FairKeys {
  const keys = new FairKeys(shareOf)
  for (const [key, due] of rows) keys.set(key, due)
  return keys
}

describe('keys of several shares', () => {
  test('that are due are taken in turn, each share in the order its own fell due', () => {
    const keys = filled([
      ['a3', 3],
      ['a1', 1],
      ['a2', 2],
      ['b4', 4],
      ['c2', 2],
      ['c9', 9],
    ])

    assert.deepEqual(drained(keys, 5), ['a1', 'c2', 'b4', 'a2', 'a3'])
    assert.deepEqual(keys.first(5), { key: 'c9', share: 'c', due: 9 })
  })

  test('keep their place when they are set to the time that they have', () => {
    const keys = filled([
      ['a1', 0],
      ['a2', 0],
    ])

    keys.first(0)
    keys.set('a1', 0)

    assert.deepEqual(drained(keys, 0), ['a1', 'a2'])
  })

  test('of a share that rests are passed over until then', () => {
    const keys = filled([
      ['a1', 0],
      ['b1', 0],
    ])
    keys.first(0)
    keys.rest('a', 5)
    keys.set('a2', 1)

    assert.deepEqual(drained(keys, 4), ['b1'])
    assert.deepEqual(keys.first(4), { key: 'a1', share: 'a', due: 5 })
    assert.deepEqual(drained(keys, 5), ['a1', 'a2'])
  })

  test('that are taken back leave nothing behind, of a share that rests either', () => {
    const keys = filled([
      ['a1', 0],
      ['b1', 0],
      ['b2', 7],
    ])
    keys.first(0)
    keys.rest('a', 5)

    for (const key of ['a1', 'b1', 'b2']) keys.delete(key)

    assert.deepEqual([keys.size, keys.first(9)], [0, undefined])
  })

  test('all come out, and between two of one share one of every other that is due', () => {
    const step = fc.tuple(
      fc.constantFrom('set', 'set', 'set', 'delete', 'rest', 'take'),
      fc.constantFrom('a1', 'a2', 'a3', 'b1', 'b2', 'c1'),
      fc.nat(9),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const keys = new FairKeys(shareOf)
        const all = new Map<string, number>()
        for (const [what, key, time] of steps) {
          if (what === 'set') {
            keys.set(key, time)
            all.set(key, time)
          } else if (what === 'delete') {
            keys.delete(key)
            all.delete(key)
          } else if (what === 'rest') {
            keys.first(time)
            keys.rest(shareOf(key), 9)
          } else {
            const next = keys.first(time)
            if (next === undefined) continue
            keys.take(next.key)
            all.delete(next.key)
          }
        }
        assert.deepEqual([keys.size, [...all].every(([key, due]) => keys.get(key) === due)], [all.size, true])
        const order = drained(keys, 9)
        assert.deepEqual(order.toSorted(), [...all.keys()].sort())
        const rounds = order.map(
          (key, index) => order.slice(0, index).filter((one) => one[0] === key[0]).length,
        )
        assert.deepEqual(
          rounds,
          rounds.toSorted((a, b) => a - b),
        )
      }),
    )
  })
})
