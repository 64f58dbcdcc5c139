import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cookieValue, cookieValues } from '../../../src/http/cookie.ts'

describe('the value of a cookie', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['a=1', 'a', '1'],
    ['a=1; b=2', 'b', '2'],
    ['a=1;b=2;\tc=3', 'c', '3'],
    ['a=1; a=2', 'a', '1'],
    ['aa=1; a=2', 'a', '2'],
    ['a=1', 'aa', undefined],
    ['A=1', 'a', undefined],
    ['a="1 2"; b=3', 'a', '"1 2"'],
    ['a=b=c', 'a', 'b=c'],
    ['a=; b=1', 'a', ''],
    ['a', 'a', undefined],
    ['a; a=2', 'a', '2'],
    ['a=1 ; b=2', 'a', '1'],
    ['x=a=9', 'a', undefined],
    [';;; a=1', 'a', '1'],
    ['', 'a', undefined],
  ]
  for (const [field, name, value] of cases) {
    test(`"${name}" of "${field}" is ${value === undefined ? 'absent' : `"${value}"`}`, () => {
      assert.equal(cookieValue(field, name), value)
    })
  }
})

describe('all values of a cookie', () => {
  for (const [field, values] of [
    ['a=1; b=2', ['1']],
    ['a=1; a=2', ['1', '2']],
    ['a =1;\ta\t= 2 ; aa=3; A=4', ['1', '2']],
    ['a=1\u00a0', ['1\u00a0']],
    ['a', []],
    ['', []],
  ] as const) {
    test(`"a" of "${field}": ${values.join(' and ') || 'none'}`, () => {
      assert.deepEqual(cookieValues(field, 'a'), values)
    })
  }
})
