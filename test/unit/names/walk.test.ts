import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { bindLeaves, leavesOf } from '../../../src/names/leaves.ts'
import { percent, printWalk } from '../../../src/names/print-walk.ts'
import { walkNameTree } from '../../../src/names/walk.ts'
import { alt, anyLiving, anyTree, empty, fail, leaf, neg, odds, sameOdds, union } from './trees.ts'

describe('walkNameTree', () => {
  test('gives every leaf the odds it has, for any tree', () => {
    fc.assert(
      fc.property(anyTree, anyLiving, (tree, living) => {
        const shares: Record<string, number> = {}
        for (const step of walkNameTree(tree, String, (value) => living.has(value))) {
          const name = step.kind === 'leaf' ? step.name : step.kind
          if (step.share > 0) shares[name] = (shares[name] ?? 0) + step.share / 100
        }
        const leaves = Object.fromEntries(Object.entries(shares).filter(([name]) => 'abcd'.includes(name)))
        const expected = Object.fromEntries(
          Object.entries(odds(tree, living)).filter(([name]) => 'abcd'.includes(name)),
        )

        assert.ok(sameOdds(leaves, expected), `${JSON.stringify(leaves)} is not ${JSON.stringify(expected)}`)
      }),
      { numRuns: 1000 },
    )
  })

  test('is JSON-able', () => {
    const steps = walkNameTree(alt(union([9, leaf('a')], [1, neg]), fail))

    assert.deepEqual(JSON.parse(JSON.stringify(steps)), steps)
  })
})

describe('printWalk', () => {
  test('shows a split with its weights in percent', () => {
    assert.deepEqual(printWalk(walkNameTree(union([9, leaf('web-v1')], [1, leaf('web-v2')]))), [
      'one of these by weight',
      '  90 %  web-v1',
      '  10 %  web-v2',
    ])
  })

  test('shows where the weight of a dead branch goes', () => {
    const tree = alt(union([9, leaf('web-v1')], [1, leaf('web-v2')]), leaf('web-old'))

    assert.deepEqual(
      printWalk(
        walkNameTree(tree, String, (value) => value !== 'web-v1'),
        '  ',
      ),
      [
        '  the first of these that leads somewhere',
        '    one of these by weight',
        '      90 % → 0 %  web-v1  (no endpoint: its weight goes to the others)',
        '      10 % → 100 %  web-v2',
        '    web-old  (not needed: one before it leads somewhere)',
      ],
    )
  })

  test('says what the marks without a leaf mean', () => {
    assert.deepEqual(printWalk(walkNameTree(alt(neg, leaf('dead'), empty), String, () => false)), [
      'the first of these that leads somewhere',
      '  ~  (nothing here: the next is tried)',
      '  dead  (no endpoint)',
      '  $  (here, and it holds no endpoint)',
    ])
  })

  for (const [value, text] of [
    [0, '0 %'],
    [100 / 3, '33.3 %'],
    [50, '50 %'],
    [0.04, '< 0.1 %'],
    [99.99, '100 %'],
  ] as const) {
    test(`writes ${value} as ${text}`, () => {
      assert.equal(percent(value), text)
    })
  }
})

describe('leaves', () => {
  const tree = alt(union([9, leaf('a')], [1, leaf('b')]), leaf('a'), neg)

  test('are listed from left to right', () => {
    assert.deepEqual(leavesOf(tree), ['a', 'b', 'a'])
  })

  test('can each be bound to a tree of their own', () => {
    const bound = bindLeaves(tree, (name) => (name === 'a' ? alt(leaf(1), leaf(2)) : fail))

    assert.deepEqual(bound, alt(union([9, alt(leaf(1), leaf(2))], [1, fail]), alt(leaf(1), leaf(2)), neg))
  })
})
