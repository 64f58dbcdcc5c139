import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { NameTree } from '../../../src/names/name-tree.ts'
import { parseNameTree } from '../../../src/names/parse.ts'
import { printNameTree } from '../../../src/names/print.ts'
import { simplify } from '../../../src/names/simplify.ts'
import { alt, anyTree, empty, fail, leaf, neg, union } from './trees.ts'

function parsed(text: string): NameTree<string> {
  const result = parseNameTree(text, (name) => name)
  assert.equal(result.kind, 'parsed', JSON.stringify(result))
  return result.kind === 'parsed' ? result.tree : neg
}

describe('printNameTree', () => {
  const cases: readonly (readonly [NameTree<string>, string])[] = [
    [leaf('web-v1'), 'web-v1'],
    [leaf('/svc/cart'), '/svc/cart'],
    [leaf('two words'), '"two words"'],
    [leaf('$'), '"$"'],
    [leaf(''), '""'],
    [neg, '~'],
    [fail, '!'],
    [empty, '$'],
    [alt(leaf('a'), leaf('b'), fail), 'a | b | !'],
    [union([0.9, leaf('a')], [0.1, leaf('b')]), '0.9 * a & 0.1 * b'],
    [alt(union([9, leaf('a')], [1, leaf('b')]), leaf('c')), '9 * a & 1 * b | c'],
    [union([9, alt(leaf('a'), leaf('b'))], [1, union([1, leaf('c')])]), '9 * (a | b) & 1 * (1 * c)'],
  ]
  for (const [tree, text] of cases) {
    test(`writes ${text}`, () => {
      assert.equal(printNameTree(tree), text)
    })
    test(`is read back from ${text}`, () => {
      assert.deepEqual(parsed(text), tree)
    })
  }
})

describe('parseNameTree', () => {
  const same: readonly (readonly [string, string])[] = [
    ['.9*/v1&.1*/v2', '0.9 * /v1 & 0.1 * /v2'],
    [' a|b&c ', 'a | 1 * b & 1 * c'],
    ['((a))', 'a'],
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['2 * 2 & 1 * 1', '2 * 2 & 1 * 1'],
    ['1e-7 * a & 1 * b', '1e-7 * a & 1 * b'],
    ['/#/io.l5d.fs/web', '/#/io.l5d.fs/web'],
    ['/$/inet/127.1/80', '/$/inet/127.1/80'],
  ]
  for (const [text, printed] of same) {
    test(`reads ${text}`, () => {
      assert.equal(printNameTree(parsed(text)), printed)
    })
  }

  const wrong: readonly (readonly [string, number, RegExp])[] = [
    ['', 0, /a name.*missing/],
    ['a |', 3, /a name.*missing/],
    ['(a', 2, /"\)" is missing/],
    ['a b', 2, /unexpected "b"/],
    ['0.9/a & b*', 9, /unexpected "\*"/],
    ['"a', 0, /a name.*missing/],
    [`${'('.repeat(102)}a${')'.repeat(102)}`, 101, /more than 100 parentheses/],
    ['a'.repeat(70_000), 65_536, /longer than/],
  ]
  for (const [text, at, message] of wrong) {
    test(`refuses ${JSON.stringify(text.slice(0, 20))} at ${at}`, () => {
      const result = parseNameTree(text, (name) => name)

      assert.equal(result.kind, 'refused')
      assert.match(result.message, message)
      assert.equal(result.at, at)
    })
  }

  test('takes time linear in digits without a weight', () => {
    assert.equal(parsed('1'.repeat(60_000)).kind, 'leaf')
  })
})

describe('printing and parsing, for any tree', () => {
  test('give a simplified tree back as it was', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const simple = simplify(tree)

        assert.deepEqual(parsed(printNameTree(simple)), simple)
      }),
      { numRuns: 1000 },
    )
  })

  test('give any tree back with the same meaning', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        assert.deepEqual(simplify(parsed(printNameTree(tree))), simplify(tree))
      }),
      { numRuns: 1000 },
    )
  })

  test('keep any leaf, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        assert.deepEqual(parsed(printNameTree(leaf(name))), leaf(name))
      }),
      { numRuns: 1000 },
    )
  })
})
