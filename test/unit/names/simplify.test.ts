import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { NameTree } from '../../../src/names/name-tree.ts'
import { simplify } from '../../../src/names/simplify.ts'
import { alt, anyLiving, anyTree, empty, fail, leaf, neg, odds, sameOdds, union } from './trees.ts'

const a = leaf('a')
const b = leaf('b')

describe('simplify', () => {
  const cases: readonly (readonly [string, NameTree<string>, NameTree<string>])[] = [
    ['keeps a leaf', a, a],
    ['makes neg of an alt of nothing', alt(), neg],
    ['makes neg of a union of nothing', union(), neg],
    ['unwraps an alt of one', alt(alt(a)), a],
    ['unwraps a union of one', union([3, union([2, a])]), a],
    ['spreads an alt inside an alt', alt(alt(a, b), leaf('c')), alt(a, b, leaf('c'))],
    ['drops neg from an alt', alt(neg, a, neg, b), alt(a, b)],
    ['drops what is behind a fail', alt(a, fail, b), alt(a, fail)],
    ['drops what is behind an empty', alt(a, empty, b), alt(a, empty)],
    ['keeps what is behind a leaf, which may be dead', alt(a, b), alt(a, b)],
    ['drops weights of 0', union([0, a], [1, b]), b],
    ['drops neg from a union', union([1, a], [1, neg], [2, b]), union([1, a], [2, b])],
    [
      'keeps fail in a union: it is left when all else is dead',
      union([1, a], [1, fail]),
      union([1, a], [1, fail]),
    ],
    ['makes fail of a union of fails', union([1, fail], [2, fail]), fail],
    ['makes empty of a union of empties', union([1, empty], [2, alt(empty, a)]), empty],
    [
      'keeps a union in a union',
      union([1, union([1, a], [1, b])], [1, b]),
      union([1, union([1, a], [1, b])], [1, b]),
    ],
  ]
  for (const [name, tree, expected] of cases) {
    test(name, () => {
      assert.deepEqual(simplify(tree), expected)
    })
  }
})

describe('simplify, for any tree', () => {
  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const once = simplify(tree)

        assert.deepEqual(simplify(once), once)
      }),
      { numRuns: 1000 },
    )
  })

  test('keeps the odds of every outcome, whichever leaves are alive', () => {
    fc.assert(
      fc.property(anyTree, anyLiving, (tree, living) => {
        const before = odds(tree, living)
        const after = odds(simplify(tree), living)

        assert.ok(sameOdds(before, after), `${JSON.stringify(before)} became ${JSON.stringify(after)}`)
      }),
      { numRuns: 2000 },
    )
  })
})
