import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assert as hold, property, string } from 'fast-check'
import { ByteWriter } from '../../../../../src/wire/h2/hpack/byte-writer.ts'
import { codeLengths, codes } from '../../../../../src/wire/h2/hpack/huffman-code.ts'
import { decoded, decodeHuffman } from '../../../../../src/wire/h2/hpack/huffman-decode.ts'
import { huffmanLength, writeHuffman } from '../../../../../src/wire/h2/hpack/huffman-encode.ts'

function encode(text: string): Buffer {
  const writer = new ByteWriter()
  writeHuffman(text, huffmanLength(text), writer)
  return writer.bytes.subarray(0, writer.length)
}

function decode(bytes: Buffer): string | undefined {
  const length = decodeHuffman(bytes, 0, bytes.length)
  return length < 0 ? undefined : decoded().toString('latin1', 0, length)
}

const everyByte = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))

describe('the Huffman code', () => {
  test('leaves no code unused', () => {
    assert.equal(
      codeLengths.reduce((sum, bits) => sum + 2 ** -bits, 0),
      1,
    )
  })

  test('has the codes of RFC 7541 Appendix B at its corners', () => {
    const corners = [0, 10, 48, 97, 122, 249, 255, 256].map((symbol) => codes[symbol])

    assert.deepEqual(corners, [0x1ff8, 0x3ffffffc, 0, 3, 0x7b, 0xffffffe, 0x3ffffee, 0x3fffffff])
  })

  for (const times of [1, 2, 3, 7]) {
    test(`reads each byte ${times} times as it was written`, () => {
      const texts = everyByte.map((character) => character.repeat(times))

      assert.deepEqual(
        texts.map((text) => decode(encode(text))),
        texts,
      )
    })
  }

  test('reads any text as it was written, in the bytes that were announced', () => {
    const text = string({ unit: 'binary', maxLength: 300 }).map((text) =>
      Buffer.from(text, 'utf8').toString('latin1'),
    )
    hold(
      property(text, (text) => {
        const bytes = encode(text)

        assert.equal(bytes.length, huffmanLength(text))
        assert.equal(decode(bytes), text)
      }),
    )
  })

  test('reads a string longer than any before', () => {
    const text = '0'.repeat(100_000)

    assert.equal(decode(encode(text)), text)
  })
})
