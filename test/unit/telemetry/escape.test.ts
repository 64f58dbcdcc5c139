import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { escapeField } from '../../../src/telemetry/escape.ts'

describe('escapeField', () => {
  const table = [
    ['plain text stays', '/a b?c=d~', '/a b?c=d~'],
    ['quotes and backslashes are escaped', 'a"b\\c', 'a\\"b\\\\c'],
    ['line ends become visible', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['terminal commands become visible', '\u001b[31mred\u009b0m', '\\u001b[31mred\\u009b0m'],
    ['line separators become visible', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['marks of direction become visible', 'a\u202eb\u200f', 'a\\u202eb\\u200f'],
    ['NUL and DEL become visible', '\u0000\u007f', '\\u0000\\u007f'],
    ['halves of pairs become visible', 'a\ud800b', 'a\\ud800b'],
    ['letters of other scripts stay', 'grün 日本 😀', 'grün 日本 😀'],
  ] as const
  for (const [name, value, expected] of table) {
    test(name, () => assert.equal(escapeField(value), expected))
  }

  test('cuts what is longer than the limit and says so', () => {
    assert.equal(escapeField('x'.repeat(1024)).length, 1024)
    assert.equal(escapeField('x'.repeat(1025)), `${'x'.repeat(1023)}…`)
  })

  test('counts the escaped form, so that a megabyte of control characters is a kilobyte', () => {
    const escaped = escapeField('\u001b'.repeat(1_000_000))

    assert.ok(escaped.length <= 1024)
    assert.match(escaped, /^(?:\\u001b){170}…$/)
  })

  test('whatever comes in, the result is one line and a JSON string of bounded length', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.string({ unit: 'binary-ascii' }),
    )
    fc.assert(
      fc.property(anything, (value) => {
        const escaped = escapeField(value)
        const read: unknown = JSON.parse(`"${escaped}"`)
        assert.ok(escaped.length <= 1024)
        assert.doesNotMatch(escaped, /[\p{Cc}\p{Zl}\p{Zp}]/u)
        assert.ok(escaped.endsWith('…') || read === value)
      }),
    )
  })
})
