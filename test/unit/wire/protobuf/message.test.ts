import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lengthPrefixed, onlyMessage } from '../../../../src/wire/grpc/message.ts'
import { MalformedMessage, MessageReader } from '../../../../src/wire/protobuf/message-reader.ts'
import { MessageWriter } from '../../../../src/wire/protobuf/message-writer.ts'

describe('a message that is written', () => {
  for (const [what, bytes, hex] of [
    ['text', new MessageWriter().text(1, 'é'), '0a02c3a9'],
    ['bytes that are no UTF-8 as text', new MessageWriter().octets(1, '\xff'), '0a03efbfbd'],
    ['a number of three groups', new MessageWriter().number(2, 2 ** 21 - 1), '10ffff7f'],
    ['a number above 32 bits', new MessageWriter().number(1, 2 ** 40), '08808080808020'],
    ['-1', new MessageWriter().number(1, -1), '08ffffffffffffffffff01'],
    ['a field above 15', new MessageWriter().text(16, 'a'), '82010161'],
    ['defaults', new MessageWriter().text(1, '').number(2, 0).bytes(3, Buffer.alloc(0)), ''],
    ['an empty message inside', new MessageWriter().message(1, new MessageWriter()), '0a00'],
  ] as const) {
    test(`is right for ${what}`, () => {
      assert.equal(bytes.finish().toString('hex'), hex)
    })
  }
})

describe('a message that is read', () => {
  test('skips what nobody takes', () => {
    const reader = new MessageReader(Buffer.from('08ac0211000000000000000015000000001a0161220162', 'hex'))
    const fields: number[] = []
    let text = ''
    while (reader.next()) {
      fields.push(reader.field)
      if (reader.field === 4) text = reader.octets()
    }

    assert.deepEqual([fields, text], [[1, 2, 2, 3, 4], 'b'])
  })

  for (const [what, hex] of [
    ['a tag that is cut off', '80'],
    ['a length beyond the end', '0a05616263'],
    ['a length that is cut off', '0a80'],
    ['a huge length', '0affffffffffffffff7f61'],
    ['field 0', '0001'],
    ['a field number above 29 bits', '80808080800101'],
    ['a number of eleven groups', '08ffffffffffffffffffff01'],
    ['a group', '0b'],
    ['the end of a group', '0c'],
    ['kind 6', '0e'],
    ['kind 7', '0f'],
    ['half of 32 bits', '0d0000'],
    ['half of 64 bits', '0900000000'],
  ] as const) {
    test(`is refused for ${what}`, () => {
      const reader = new MessageReader(Buffer.from(hex, 'hex'))
      assert.throws(() => {
        while (reader.next());
      }, MalformedMessage)
    })
  }

  test('is refused for a field of another kind, and text that is no UTF-8', () => {
    for (const [hex, take] of [
      ['0a0161', (reader: MessageReader) => reader.number()],
      ['0801', (reader: MessageReader) => reader.bytes()],
      ['0a01ff', (reader: MessageReader) => reader.octets()],
    ] as const) {
      const reader = new MessageReader(Buffer.from(hex, 'hex'))
      reader.next()
      assert.throws(() => take(reader), MalformedMessage)
    }
  })
})

describe('the message of a gRPC body', () => {
  test('is the only one', () => {
    const message = Buffer.from('abc')
    assert.deepEqual(onlyMessage(lengthPrefixed(message)), message)
  })

  for (const [hex, why] of [
    ['', /half/],
    ['00000000', /half/],
    ['000000000261', /half/],
    ['010000000161', /compressed/],
    ['000000000161000000000161', /more than one/],
  ] as const) {
    test(`is none in "${hex}"`, () => {
      assert.match(String(onlyMessage(Buffer.from(hex, 'hex'))), why)
    })
  }
})
