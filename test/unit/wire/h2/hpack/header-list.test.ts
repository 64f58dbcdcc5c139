import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import type { HeaderLimits, HeaderList } from '../../../../../src/wire/h2/hpack/header-list.ts'
import { decodeHex, headerLimits, indexed, linesOf, literal } from './support.ts'

const unlimited: HeaderLimits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }

function decode(hex: string, limits = headerLimits, decoder = new HpackDecoder(4096)): HeaderList {
  const list = decodeHex(hex, decoder, limits)
  assert.ok(list !== 'compression')
  return list
}

const malformed: readonly (readonly [what: string, hex: string])[] = [
  ['M01: an upper-case name', literal('Accept', 'x')],
  ['M01: transfer-encoding', literal('transfer-encoding', 'chunked')],
  ['M01: connection', literal('connection', 'close')],
  ['M01: keep-alive', literal('keep-alive', 'timeout=1')],
  ['M01: proxy-connection', literal('proxy-connection', 'close')],
  ['M01: upgrade', literal('upgrade', 'h2c')],
  ['M01: te: gzip', literal('te', 'gzip')],
  ['M01: te: trailers, gzip', literal('te', 'trailers, gzip')],
  ['M02: a value with CR', literal('a', 'b\rc')],
  ['M02: a value with LF', literal('a', 'b\nc')],
  ['M02: a value with a line behind it', literal('a', 'b\r\ntransfer-encoding: chunked')],
  ['M02: a value with NUL', literal('a', 'b\0c')],
  ['M02: a value with a control', literal('a', 'b\x01c')],
  ['M02: a value with DEL', literal('a', 'b\x7fc')],
  ['M02: a value that begins with a space', literal('a', ' b')],
  ['M02: a value that ends with a space', literal('a', 'b ')],
  ['M02: a value that begins with a tab', literal('a', '\tb')],
  ['M02: a value that ends with a tab', literal('a', 'b\t')],
  ['M02: a value of a space', literal('a', ' ')],
  ['M02: a cookie with LF', literal('cookie', 'a=b\n')],
  ['M02: te with a space', literal('te', 'trailers ')],
  ['M02: a path with CR', literal(':path', '/\r')],
  ['M02: a method with LF', literal(':method', 'GET\n')],
  ['M02: the value of an indexed name with NUL', '5f0100'],
  ['M03: a name with CRLF', literal('a\r\nb', 'c')],
  ['M03: a name with a colon', literal('a:b', 'c')],
  ['M03: a name with a space', literal('a b', 'c')],
  ['M03: a name that ends with a space', literal('a ', 'c')],
  ['M03: a name with NUL', literal('a\0', 'c')],
  ['M03: a name with an 8-bit byte', literal('a\xe4', 'c')],
  ['M03: an empty name', literal('', 'c')],
  ['M05: a pseudo field behind a regular one', `82${literal('a', 'b')}84`],
  ['M05: a pseudo field behind a cookie', `82${literal('cookie', 'b')}84`],
  ['M05: :path twice', '8484'],
  ['M05: :authority twice', literal(':authority', 'a') + literal(':authority', 'a')],
  ['M05: an unknown pseudo field', literal(':user', 'x')],
  ['M05: a pseudo field without a name', literal(':', 'x')],
  ['M05: an upper-case pseudo field', literal(':Path', '/')],
]

describe('a header list is malformed by', () => {
  for (const [what, hex] of malformed) {
    test(what, () => {
      const list = decode(hex)

      assert.deepEqual([list.fault, list.detail === ''], ['malformed', false])
    })
  }
})

describe('a header list takes', () => {
  const good: readonly (readonly [what: string, hex: string, lines: readonly string[]])[] = [
    ['an empty value', literal('a', ''), ['a: ']],
    ['a value with a tab and obs-text inside', literal('a', 'b\t\xe4c'), ['a: b\t\xe4c']],
    ['a value that ends in obs-text', literal('a', '\xff'), ['a: \xff']],
    ['te: trailers, in any case', literal('te', 'Trailers'), ['te: Trailers']],
    ['M04: a name with an underscore', literal('__proto__', '1'), ['__proto__: 1']],
    [
      'M04: a name of all characters of tokens',
      literal("!#$%&'*+-.^_`|~09az", '1'),
      ["!#$%&'*+-.^_`|~09az: 1"],
    ],
    ['an empty pseudo field, told from an absent one', literal(':path', ''), [':path: ']],
    ['M17: one crumb', literal('cookie', 'a=b'), ['cookie: a=b']],
    [
      'M17: crumbs, joined where the first stood',
      literal('cookie', 'a=b') + literal('x', 'y') + literal('cookie', 'c=d') + literal('cookie', 'e'),
      ['cookie: a=b; c=d; e', 'x: y'],
    ],
    [
      'M17: a crumb with a separator in it',
      literal('cookie', 'a; b') + literal('cookie', 'c'),
      ['cookie: a; b; c'],
    ],
    ['M17: 200 crumbs', literal('cookie', 'a').repeat(200), [`cookie: ${Array(200).fill('a').join('; ')}`]],
  ]
  for (const [what, hex, lines] of good) {
    test(what, () => {
      const list = decode(hex)

      assert.deepEqual([list.fault, linesOf(list)], ['none', lines])
    })
  }
})

describe('the size of a header list', () => {
  test('is name, value and 32 of every field, each crumb included', () => {
    const list = decode(`82${literal('a', 'bc')}${literal('cookie', 'x')}${literal('cookie', 'y')}`)

    assert.equal(list.size, 42 + 35 + 39 + 39)
  })

  test('counts on behind a fault', () => {
    const list = decode(literal('A', 'b') + literal('c', 'd'))

    assert.deepEqual([list.fault, list.size], ['malformed', 68])
  })
})

describe('a header list over its limit', () => {
  const rows: readonly (readonly [what: string, hex: string, limits: HeaderLimits])[] = [
    ['of bytes', literal('a', 'b') + literal('c', 'd'), { ...unlimited, bytes: 67 }],
    ['of bytes, by one string', literal('a', 'b'.repeat(100)), { ...unlimited, bytes: 100 }],
    ['of bytes, by one name', literal('a'.repeat(100), ''), { ...unlimited, bytes: 100 }],
    ['of bytes, by pseudo fields', literal(':path', '/'.repeat(100)), { ...unlimited, bytes: 100 }],
    ['of fields', literal('a', 'b').repeat(3), { ...unlimited, fields: 2 }],
    ['of fields, by te', literal('te', 'trailers').repeat(3), { ...unlimited, fields: 2 }],
    ['M17: of crumbs', literal('cookie', 'a').repeat(201), headerLimits],
    ['M17: of cookie bytes', literal('cookie', 'a'.repeat(99)).repeat(2), { ...unlimited, cookieBytes: 199 }],
    [
      'M17: of cookie bytes, by one crumb',
      literal('cookie', 'a'.repeat(99)),
      { ...unlimited, cookieBytes: 98 },
    ],
    ['D08: of bytes, by crumbs', literal('cookie', 'a'.repeat(99)).repeat(2), { ...unlimited, bytes: 200 }],
  ]
  for (const [what, hex, limits] of rows) {
    test(what, () => {
      const list = decode(hex, limits)

      assert.deepEqual([list.fault, list.detail === ''], ['too_large', false])
    })
  }

  test('is taken up to the last byte, field, crumb', () => {
    const hex = literal('a', 'b') + literal('cookie', 'c') + literal('cookie', 'd')

    const list = decode(hex, { bytes: 34 + 39 + 3, fields: 2, crumbs: 2, cookieBytes: 4 })

    assert.deepEqual([list.fault, linesOf(list)], ['none', ['a: b', 'cookie: c; d']])
  })

  for (const [fault, front] of [
    ['too_large', literal('x', 'y'.repeat(5000))],
    ['malformed', literal('X', 'y')],
  ] as const) {
    test(`leaves the table in step when it is ${fault}`, () => {
      const decoder = new HpackDecoder(4096)
      const limits = { ...unlimited, bytes: 4000 }

      const list = decode(front + indexed('a', '1') + indexed('b', '2'.repeat(3000)), limits, decoder)

      assert.equal(list.fault, fault)
      assert.deepEqual(linesOf(decode('bf', limits, decoder)), ['a: 1'])
      assert.deepEqual(linesOf(decode('be', limits, decoder)), [`b: ${'2'.repeat(3000)}`])
    })
  }

  test('empties the table by an entry that is too large for both', () => {
    const decoder = new HpackDecoder(4096)
    const limits = { ...unlimited, bytes: 1000 }
    decode(indexed('a', '1'), limits, decoder)

    assert.equal(decode(indexed('b', '2'.repeat(5000)), limits, decoder).fault, 'too_large')
    assert.equal(decodeHex('be', decoder, limits), 'compression')
  })

  for (const [id, name] of [
    ['D07', 'x-bomb'],
    ['D08', 'cookie'],
  ] as const) {
    test(`${id}: thousands of references to a 4 KB ${name} give no more than the limit`, () => {
      const decoder = new HpackDecoder(4096)
      decode(indexed(name, 'b'.repeat(4000)), headerLimits, decoder)

      const list = decode('be'.repeat(30_000), headerLimits, decoder)

      assert.equal(list.fault, 'too_large')
      assert.ok(list.fields.length <= headerLimits.bytes, String(list.fields.length))
      assert.equal(list.size, 30_000 * (4000 + name.length + 32))
      assert.deepEqual(linesOf(decode('be', headerLimits, decoder)), [`${name}: ${'b'.repeat(4000)}`])
    })
  }
})
