import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  appendField,
  eachField,
  fieldValue,
  hasField,
  withField,
  withoutField,
} from '../../../src/http/field-block.ts'

const block = 'Accept: a/b\r\nX-A:1 \r\nCookie: a=1\r\nx-a: \t2\r\nCOOKIE: b=2\r\nX-AB: 3\r\nEmpty:\r\n'

describe('a field block', () => {
  for (const [name, value] of [
    ['accept', 'a/b'],
    ['x-a', '1, 2'],
    ['cookie', 'a=1; b=2'],
    ['x-ab', '3'],
    ['empty', ''],
    ['x', undefined],
    ['a/b', undefined],
    ['ccept', undefined],
  ] as const) {
    test(`has ${name} as ${JSON.stringify(value)}`, () => {
      assert.equal(fieldValue(block, name), value)
      assert.equal(hasField(block, name), value !== undefined)
    })
  }

  test('is visited in order', () => {
    const seen: string[] = []
    eachField('A: b\r\nC:d:e \r\n', (name, value) => seen.push(name, value))

    assert.deepEqual(seen, ['A', 'b', 'C', 'd:e'])
  })

  test('loses all lines of a name and nothing else', () => {
    assert.equal(
      withoutField(block, 'x-a'),
      'Accept: a/b\r\nCookie: a=1\r\nCOOKIE: b=2\r\nX-AB: 3\r\nEmpty:\r\n',
    )
  })

  test('is the same string when it has no such line', () => {
    assert.equal(withoutField(block, 'x'), block)
    assert.equal(withoutField('', 'x'), '')
  })

  test('can lose its first, its last and its only line', () => {
    assert.equal(withoutField('A: 1\r\nB: 2\r\n', 'a'), 'B: 2\r\n')
    assert.equal(withoutField('A: 1\r\nB: 2\r\n', 'b'), 'A: 1\r\n')
    assert.equal(withoutField('A: 1\r\n', 'a'), '')
  })

  test('has one line of a name after setting it', () => {
    assert.equal(withField('X-A: 1\r\nB: 2\r\nx-a: 3\r\n', 'x-a', '4'), 'B: 2\r\nx-a: 4\r\n')
  })

  test('gets a line at its end', () => {
    assert.equal(appendField('A: 1\r\n', 'a', '2'), 'A: 1\r\na: 2\r\n')
  })
})
