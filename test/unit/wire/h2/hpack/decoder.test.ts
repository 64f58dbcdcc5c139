import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import type { HeaderList } from '../../../../../src/wire/h2/hpack/header-list.ts'
import { decodeHex, indexed, linesOf, literal } from './support.ts'

const broken: readonly (readonly [what: string, hex: string])[] = [
  ['index 0', '80'],
  ['an index behind the static table while the dynamic one is empty', 'be'],
  ['an index behind the newest entry', `${indexed('a', 'b')}bf`],
  ['a literal whose name has an index of nobody', '7e0161'],
  ['a literal without indexing whose name has an index of nobody', '0f2f0161'],
  ['an integer that never ends', '7fffffffffffffff7f'],
  ['an integer larger than any index', 'ffffffffff0f'],
  ['an integer cut off', 'ff'],
  ['an integer cut off behind its first octet', 'ff80'],
  ['a name longer than the block', '0001'],
  ['a value longer than the block', '0001610361'],
  ['a string whose length would not fit in memory', '00007fffffff7f61'],
  ['a literal without its value', '000161'],
  ['a literal without name and value', '00'],
  ['a literal with the name of an index and no value', '44'],
  ['a Huffman string with EOS', '00016184ffffffff'],
  ['a Huffman string with EOS behind a letter', '000161851fffffffff'],
  ['a Huffman string padded by eight ones', '00016182f8ff'],
  ['a Huffman string padded by eleven ones', '000161821fff'],
  ['a Huffman string padded by zeros', '0001618118'],
  ['a Huffman name padded by zeros', '0081180161'],
  ['a Huffman string cut inside a code', '00016181fe'],
  ['a table larger than was allowed', '3fe21f'],
  ['a table size behind a field', '8220'],
  ['what would be a literal, had it not the pattern of a table size', '822001610162'],
  ['a table size behind a literal', `${literal('a', 'b')}3e`],
]

function decode(hex: string, decoder?: HpackDecoder): HeaderList {
  const list = decodeHex(hex, decoder)
  assert.ok(list !== 'compression')
  return list
}

describe('a compression error is', () => {
  for (const [what, hex] of broken) {
    test(what, () => {
      assert.equal(decodeHex(hex), 'compression')
    })
  }

  test('a block without the size update that a smaller table asks for', () => {
    const decoder = new HpackDecoder(4096)
    decoder.setTable(100)

    assert.equal(decodeHex('82', decoder), 'compression')
  })

  test('a size update to more than the smaller table', () => {
    const decoder = new HpackDecoder(4096)
    decoder.setTable(100)

    assert.equal(decodeHex('3f4682', decoder), 'compression')
  })
})

describe('the decoder', () => {
  test('takes an empty block for an empty list', () => {
    assert.deepEqual(linesOf(decode('')), [])
  })

  test('takes size updates in front of the first field, a second one too', () => {
    const decoder = new HpackDecoder(4096)
    decode(indexed('a', 'b'), decoder)

    assert.deepEqual(linesOf(decode('203fe11f82', decoder)), [':method: GET'])
    assert.equal(decodeHex('be', decoder), 'compression')
  })

  test('takes a smaller table that is confirmed, and a block behind it without another update', () => {
    const decoder = new HpackDecoder(4096)
    decoder.setTable(0)

    assert.deepEqual(linesOf(decode('2082', decoder)), [':method: GET'])
    assert.deepEqual(linesOf(decode('84', decoder)), [':path: /'])
  })

  test('does not take a remembered block for the update that is owed', () => {
    const decoder = new HpackDecoder(4096)
    decode('82', decoder)
    decode('82', decoder)
    decoder.setTable(0)

    assert.equal(decodeHex('82', decoder), 'compression')
  })

  test('drops the oldest entries when a new one needs their room', () => {
    const decoder = new HpackDecoder(100)
    decode(indexed('a', '1'.repeat(17)) + indexed('b', '2'.repeat(17)), decoder)

    const list = decode(`${indexed('c', '3'.repeat(17))}bfbe`, decoder)

    assert.deepEqual(linesOf(list), [`c: ${'3'.repeat(17)}`, `b: ${'2'.repeat(17)}`, `c: ${'3'.repeat(17)}`])
    assert.equal(decodeHex('c0', decoder), 'compression')
  })

  test('empties the table for an entry that is larger than it', () => {
    const decoder = new HpackDecoder(64)
    decode(indexed('a', 'b'), decoder)

    assert.deepEqual(linesOf(decode(indexed('c', 'd'.repeat(40)), decoder)), [`c: ${'d'.repeat(40)}`])
    assert.equal(decodeHex('be', decoder), 'compression')
  })

  test('keeps a name for a new value after its own entry had to leave for it', () => {
    const decoder = new HpackDecoder(50)
    decode(indexed('name', 'old'), decoder)

    assert.deepEqual(linesOf(decode('7e036e6577be', decoder)), ['name: new', 'name: new'])
  })

  test('holds more than a thousand entries when the table is large', () => {
    const decoder = new HpackDecoder(65_536)
    const hex = Array.from({ length: 1000 }, (_, i) => indexed('a', String(i))).join('')
    const limits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }
    decodeHex(hex, decoder, limits)

    assert.deepEqual(linesOf(decode('ffa607be', decoder)), ['a: 0', 'a: 999'])
  })
})

describe('a repeated block', () => {
  const twice = `828684${literal('a', 'b')}`

  test('says the same, whatever was done to the list it was read into', () => {
    const decoder = new HpackDecoder(4096)
    const first = decode(twice, decoder)
    const expected = linesOf(first)
    first.fields = 'x: y\r\n'
    first.path = '/evil'

    assert.deepEqual(linesOf(decode(twice, decoder)), expected)
  })

  test('says something else when its indexes do', () => {
    const decoder = new HpackDecoder(4096)
    decode(indexed('a', '1'), decoder)
    assert.deepEqual(linesOf(decode('be', decoder)), ['a: 1'])
    decode(indexed('a', '2'), decoder)

    assert.deepEqual(linesOf(decode('be', decoder)), ['a: 2'])
  })

  test('inserts again when it says so', () => {
    const decoder = new HpackDecoder(4096)
    decode(indexed('a', '1'), decoder)
    decode(indexed('a', '1'), decoder)

    assert.deepEqual(linesOf(decode('bebf', decoder)), ['a: 1', 'a: 1'])
  })

  test('inserts again each time, once it is known too', () => {
    const decoder = new HpackDecoder(4096)
    const block = `${indexed('a', '1')}${indexed('b', '2')}`
    for (let i = 0; i < 5; i++) assert.deepEqual(linesOf(decode(block, decoder)), ['a: 1', 'b: 2'])

    assert.deepEqual(
      linesOf(decode('bebfc0c1c2c3c4c5c6c7', decoder)),
      'b: 2,a: 1,b: 2,a: 1,b: 2,a: 1,b: 2,a: 1,b: 2,a: 1'.split(','),
    )
    assert.equal(decodeHex('c8', decoder), 'compression')
  })

  test('that inserts and refers to the table says something else when that does', () => {
    const decoder = new HpackDecoder(4096)
    const block = `be${indexed('b', '2')}`
    decode(indexed('a', '1'), decoder)
    assert.deepEqual(linesOf(decode(block, decoder)), ['a: 1', 'b: 2'])

    for (let i = 0; i < 3; i++) assert.deepEqual(linesOf(decode(block, decoder)), ['b: 2', 'b: 2'])
  })

  test('that inserts under a name of the table takes the name that is there', () => {
    const decoder = new HpackDecoder(4096)
    const block = '7e0131'
    decode(indexed('a', '1'), decoder)
    for (let i = 0; i < 3; i++) assert.deepEqual(linesOf(decode(block, decoder)), ['a: 1'])
    decode(indexed('b', '2'), decoder)

    assert.deepEqual(linesOf(decode(block, decoder)), ['b: 1'])
  })

  test('is judged by the limits of the day', () => {
    const decoder = new HpackDecoder(4096)
    decode(twice, decoder)

    const list = decodeHex(twice, decoder, { bytes: 10, fields: 0, crumbs: 0, cookieBytes: 0 })

    assert.equal(list === 'compression' ? list : list.fault, 'too_large')
  })

  test('gives the very same string of fields, and so does one with another path', () => {
    const decoder = new HpackDecoder(4096)
    const first = decode(`82${literal(':path', '/1')}${literal('a', 'b')}`, decoder)
    const second = decode(`82${literal(':path', '/2')}${literal('a', 'b')}`, decoder)

    assert.equal(second.fields, first.fields)
    assert.equal(second.path, '/2')
  })
})
