import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { assignRanks } from '../../../src/model/ranks.ts'

const before = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
])

describe('assignRanks keeps ranks', () => {
  for (const [what, ids, expected] of [
    ['counts from 1 without a past', ['x', 'y', 'z'], [1, 2, 3]],
    ['leaves everything alone when nothing changed', ['a', 'b', 'c'], [1, 2, 3]],
    ['puts an insertion in the middle of its neighbours', ['a', 'x', 'b', 'c'], [1, 1.5, 2, 3]],
    ['spreads several insertions', ['a', 'x', 'y', 'z', 'b', 'c'], [1, 1.25, 1.5, 1.75, 2, 3]],
    ['goes on behind the last', ['a', 'b', 'c', 'x', 'y'], [1, 2, 3, 4, 5]],
    ['goes below the first', ['x', 'y', 'a', 'b', 'c'], [-1, 0, 1, 2, 3]],
    ['leaves the rest alone when one is removed', ['a', 'c'], [1, 3]],
    ['moves only the one that moved', ['c', 'a', 'b'], [0, 1, 2]],
    ['has nothing to give to nobody', [], []],
  ] as const) {
    test(`${what}: ${ids.join(' ')}`, () => {
      const ranks = assignRanks(ids, ids[0] === 'x' && ids.length === 3 ? new Map() : before)

      assert.deepEqual(ranks, expected)
    })
  }

  test('counts anew when no number fits between two neighbours', () => {
    const tight = new Map([
      ['a', 1],
      ['b', 1 + Number.EPSILON],
    ])

    assert.deepEqual(assignRanks(['a', 'x', 'b'], tight), [1, 2, 3])
  })
})

const lists = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 30 })

describe('assignRanks over many edits', () => {
  test('always gives growing ranks', () => {
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 12 }), (edits) => {
        let previous = new Map<string, number>()
        for (const ids of edits) {
          const ranks = assignRanks(ids, previous)
          for (const [index, rank] of ranks.entries())
            assert.ok(index === 0 || rank > (ranks[index - 1] ?? 0))
          previous = new Map(ids.map((id, index) => [id, ranks[index] ?? 0]))
        }
      }),
    )
  })

  test('an insertion changes no other rank, hundreds of times at one place', () => {
    let ids = ['first', 'last']
    let ranks = new Map(assignRanks(ids, new Map()).map((rank, index) => [ids[index] ?? '', rank]))
    let counted = 0
    for (let step = 0; step < 300; step++) {
      ids = [ids[0] ?? '', `n${step}`, ...ids.slice(1)]
      const next = new Map(assignRanks(ids, ranks).map((rank, index) => [ids[index] ?? '', rank]))
      const isAnew = [...ranks].some(([id, rank]) => next.get(id) !== rank)
      if (isAnew) counted += 1
      ranks = next
    }

    assert.ok(counted <= 300 / 40, `counted anew ${counted} times`)
  })
})
