import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { DueKeys } from '../../../../src/control/kubernetes/due-keys.ts'

describe('keys by when they fall due', () => {
  test('come out in that order, and in the order they came among equals', () => {
    const keys = new DueKeys()
    for (const [key, due] of [
      ['c', 3],
      ['a', 1],
      ['b', 1],
      ['d', 0],
    ] as const)
      keys.set(key, due)
    keys.delete('d')

    assert.deepEqual(drained(keys), ['a', 'b', 'c'])
  })

  test('are found as by looking at all of them, whatever was set and taken back before', () => {
    const step = fc.tuple(
      fc.constantFrom('set', 'set', 'set', 'delete', 'first'),
      fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      fc.nat(9),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const keys = new DueKeys()
        const all = new Map<string, number>()
        for (const [what, key, due] of steps) {
          if (what === 'set') {
            keys.set(key, due)
            all.delete(key)
            all.set(key, due)
          } else if (what === 'delete') {
            keys.delete(key)
            all.delete(key)
          } else assert.equal(keys.first()?.key, byLooking(all)[0]?.[0])
        }
        assert.equal(keys.size, all.size)
        assert.deepEqual(
          drained(keys),
          byLooking(all).map(([key]) => key),
        )
      }),
    )
  })
})

/** Sorting keeps the order among equals. */
function byLooking(all: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...all].sort(([, a], [, b]) => a - b)
}

function drained(keys: DueKeys): readonly string[] {
  const order: string[] = []
  for (let first = keys.first(); first !== undefined; first = keys.first()) {
    order.push(first.key)
    keys.delete(first.key)
  }
  return order
}
