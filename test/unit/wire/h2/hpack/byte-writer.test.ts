import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ByteWriter } from '../../../../../src/wire/h2/hpack/byte-writer.ts'

describe('the byte writer', () => {
  test('writes integers with the highest byte first', () => {
    const writer = new ByteWriter()
    writer.u8(0x01)
    writer.u16(0x0203)
    writer.u24(0x040506)
    writer.u32(0xfffefdfc)

    assert.equal(writer.bytes.toString('hex', 0, writer.length), '010203040506fffefdfc')
  })

  for (const size of [0, 5, 24, 25, 48, 49, 1000]) {
    test(`writes ${size} bytes of text and of a buffer, and keeps them while it grows`, () => {
      const writer = new ByteWriter()
      const text = '\xe4'.repeat(size)
      const buffer = Buffer.from(`-${text}-`, 'latin1')

      for (let i = 0; i < 3; i++) {
        writer.latin1(text)
        writer.raw(buffer, 1, 1 + size)
      }

      assert.equal(writer.bytes.toString('latin1', 0, writer.length), text.repeat(6))
    })
  }

  test('is empty after a reset', () => {
    const writer = new ByteWriter()
    writer.latin1('abc')
    writer.reset()
    writer.latin1('d')

    assert.equal(writer.bytes.toString('latin1', 0, writer.length), 'd')
  })
})
