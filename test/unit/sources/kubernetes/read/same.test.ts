import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '../../../../../src/model/secret.ts'
import { isSame } from '../../../../../src/sources/kubernetes/read/same.ts'

describe('two trimmed objects', () => {
  const pairs: readonly (readonly [string, unknown, unknown, boolean])[] = [
    [
      'with other versions alone',
      { meta: { resourceVersion: '1', name: 'a' } },
      { meta: { resourceVersion: '2', name: 'a' } },
      true,
    ],
    ['with another name', { name: 'a' }, { name: 'b' }, false],
    ['with a field more', { a: 1 }, { a: 1, b: 2 }, false],
    ['with undefined against another field', { a: undefined }, { b: undefined }, false],
    ['with the same list', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
    ['with a list in another order', [1, 2], [2, 1], false],
    ['with a list against an object', [], {}, false],
    ['with the same map', new Map([['a', '1']]), new Map([['a', '1']]), true],
    ['with another value in a map', new Map([['a', '1']]), new Map([['a', '2']]), false],
    [
      'with a map in another order',
      new Map([
        ['a', '1'],
        ['b', '1'],
      ]),
      new Map([
        ['b', '1'],
        ['a', '1'],
      ]),
      false,
    ],
    ['with a map against an object', new Map(), {}, false],
    ['with the same secret', { key: new Secret('k') }, { key: new Secret('k') }, true],
    ['with another secret', { key: new Secret('k') }, { key: new Secret('l') }, false],
    ['with a secret against an object', new Secret('k'), {}, false],
    ['with null', { a: null }, { a: {} }, false],
  ]
  for (const [what, a, b, expected] of pairs) {
    test(`${what} are ${expected ? 'the same' : 'not the same'}`, () => {
      assert.equal(isSame(a, b), expected)
    })
  }
})
