import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { fromUtf8Bytes, queryValue, utf8Bytes } from '../../../src/http/query.ts'

describe('the value of a query parameter', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['a=1', 'a', '1'],
    ['a=1&b=2', 'b', '2'],
    ['a=1&a=2', 'a', '1'],
    ['aa=1', 'a', undefined],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['a=b=c', 'a', 'b=c'],
    ['%61=1', 'a', '1'],
    ['a=%41+b', 'a', 'A b'],
    ['a+b=1', 'a b', '1'],
    ['a=%', 'a', '%'],
    ['a=%4', 'a', '%4'],
    ['a=%zz', 'a', '%zz'],
    ['a=%C3%A9', 'a', utf8Bytes('é')],
    ['&&a=1', 'a', '1'],
    ['=1', 'a', undefined],
    ['', 'a', undefined],
    ['a=1;b=2', 'a', '1;b=2'],
    ['a[]=1', 'a[]', '1'],
  ]
  for (const [query, name, value] of cases) {
    test(`"${name}" of "${query}" is ${value === undefined ? 'absent' : `"${value}"`}`, () => {
      assert.equal(queryValue(query, name), value)
    })
  }

  test('is what URLSearchParams reads, for any parameters', () => {
    const parameters = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { minLength: 1 })
    fc.assert(
      fc.property(parameters, (pairs) => {
        const params = new URLSearchParams(pairs)
        const query = params.toString()

        for (const [name] of pairs) {
          const bytes = queryValue(query, utf8Bytes(name))
          assert.equal(bytes === undefined ? null : fromUtf8Bytes(bytes), params.get(name))
        }
      }),
    )
  })
})
