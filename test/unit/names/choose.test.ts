import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { choose } from '../../../src/names/choose.ts'
import type { NameTree } from '../../../src/names/name-tree.ts'
import { presenceOf } from '../../../src/names/presence.ts'
import { alt, anyLiving, anyTree, empty, fail, leaf, neg, odds, union } from './trees.ts'

const nineToOne = union([90, leaf('v1')], [10, leaf('v2')])

describe('choose splits a union by weight', () => {
  for (const [roll, value] of [
    [0, 'v1'],
    [0.89, 'v1'],
    [0.9, 'v2'],
    [0.999, 'v2'],
  ] as const) {
    test(`a roll of ${roll} picks ${value}`, () => {
      assert.deepEqual(
        choose(nineToOne, () => roll),
        leaf(value),
      )
    })
  }

  test('a weight of 0 is never picked, whatever the roll', () => {
    const tree = union([0, leaf('off')], [1, leaf('on')], [0, leaf('off too')])

    assert.deepEqual(
      choose(tree, () => 0),
      leaf('on'),
    )
    assert.deepEqual(
      choose(tree, () => 0.9999999),
      leaf('on'),
    )
  })

  test('a roll that rounding carries past the end picks the last branch', () => {
    const tenths = union(...Array.from({ length: 10 }, (_, i) => [0.1, leaf(i)] as const))

    assert.deepEqual(
      choose(tenths, () => 1 - Number.EPSILON / 2),
      leaf(9),
    )
  })

  test('does not roll when one branch is left', () => {
    const tree = union([90, leaf('v1')], [10, leaf('v2')])

    const choice = choose(
      tree,
      () => assert.fail('rolled'),
      (value) => value === 'v2',
    )

    assert.deepEqual(choice, leaf('v2'))
  })
})

describe('choose goes through alternatives', () => {
  const cases: readonly (readonly [string, NameTree<string>, NameTree<string>])[] = [
    ['takes the first leaf', alt(leaf('a'), leaf('b')), leaf('a')],
    ['passes over neg', alt(neg, leaf('b')), leaf('b')],
    ['stops at fail', alt(fail, leaf('b')), fail],
    ['stops at empty', alt(empty, leaf('b')), empty],
    ['ends in neg when nothing is there', alt(neg, alt()), neg],
    ['passes over a dead leaf', alt(leaf('dead'), leaf('b')), leaf('b')],
    ['passes over a union of dead leaves', alt(union([1, leaf('dead')], [2, neg]), leaf('b')), leaf('b')],
    ['stops at a union of dead leaves and fail', alt(union([1, leaf('dead')], [2, fail]), leaf('b')), fail],
  ]
  for (const [name, tree, choice] of cases) {
    test(name, () => {
      assert.deepEqual(
        choose(
          tree,
          () => 0.5,
          (value) => value !== 'dead',
        ),
        choice,
      )
    })
  }
})

describe('choose, for any tree', () => {
  test('hits every outcome as often as its odds say', () => {
    fc.assert(
      fc.property(
        anyTree,
        anyLiving,
        fc.noShrink(fc.double({ min: 0, max: 1, maxExcluded: true })),
        (tree, living, roll) => {
          const choice = choose(
            tree,
            () => roll,
            (value) => living.has(value),
          )
          const name = choice.kind === 'leaf' ? choice.value : choice.kind

          assert.ok((odds(tree, living)[name] ?? 0) > 0, `${name} has no odds`)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('splits a flat union exactly: the rolls that pick a branch are as wide as its share', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const tree = union(...weights.map((weight, i) => [weight, leaf(i)] as const))
        const picked = Array.from({ length: total }, (_, i) => choose(tree, () => (i + 0.5) / total))

        const counts = weights.map(
          (_, i) => picked.filter((one) => one.kind === 'leaf' && one.value === i).length,
        )

        assert.deepEqual(counts, weights)
      }),
    )
  })

  test('ends in what presenceOf foretells', () => {
    fc.assert(
      fc.property(anyTree, anyLiving, (tree, living) => {
        const alive = (value: string) => living.has(value)
        const { kind } = choose(tree, () => 0.3, alive)

        assert.equal(presenceOf(tree, alive), kind === 'leaf' || kind === 'empty' ? 'there' : kind)
      }),
      { numRuns: 1000 },
    )
  })
})
