import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { levelShares } from '../../../src/upstream/level-shares.ts'

function shares(usable: readonly number[], total: number, panicThreshold = 50) {
  return levelShares(
    usable.map((count) => ({ usable: count, total })),
    panicThreshold,
  ).map(({ share, panic }) => `${Math.round(share * 100)}${panic ? ' panic' : ''}`)
}

describe('priorities of ten endpoints each', () => {
  for (const [usable, expected] of [
    [
      [10, 10],
      ['100', '0'],
    ],
    [
      [8, 10],
      ['100', '0'],
    ],
    [
      [5, 10],
      ['70', '30'],
    ],
    [
      [1, 10],
      ['14', '86'],
    ],
    [
      [0, 10],
      ['0', '100'],
    ],
    [
      [5, 5],
      ['70', '30'],
    ],
    [
      [0, 0, 10],
      ['0', '0', '100'],
    ],
    [[10], ['100']],
    [[5], ['100']],
    [[4], ['100 panic']],
    [[0], ['100 panic']],
    [
      [0, 0],
      ['100 panic', '0 panic'],
    ],
    [
      [0, 6],
      ['0 panic', '100'],
    ],
    [
      [2, 3],
      ['40 panic', '60 panic'],
    ],
  ] as const) {
    test(`with ${usable.join(', ')} usable take ${expected.join(', ')} percent`, () => {
      assert.deepEqual(shares(usable, 10), expected)
    })
  }

  test('never panic at a threshold of 0: with nothing usable there is nothing', () => {
    assert.deepEqual(shares([1, 1], 10, 0), ['50', '50'])
    assert.deepEqual(shares([0, 0], 10, 0), ['0', '0'])
  })
})
