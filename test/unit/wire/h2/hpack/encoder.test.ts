import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ByteWriter } from '../../../../../src/wire/h2/hpack/byte-writer.ts'
import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import { HpackEncoder } from '../../../../../src/wire/h2/hpack/encoder.ts'
import { HeaderList } from '../../../../../src/wire/h2/hpack/header-list.ts'
import { headerLimits, linesOf } from './support.ts'

const request = { method: 'GET', scheme: 'https', authority: 'a.test', path: '/x', protocol: '' }

/** An encoder, and the decoder of its peer. */
class Pair {
  readonly encoder = new HpackEncoder(4096)
  readonly decoder = new HpackDecoder(4096)
  readonly writer = new ByteWriter()

  /** The bytes that `encode` wrote. */
  hex(encode: (encoder: HpackEncoder, into: ByteWriter) => void): string {
    this.writer.reset()
    encode(this.encoder, this.writer)
    return this.writer.bytes.toString('hex', 0, this.writer.length)
  }

  /** What the peer reads of what `encode` wrote. */
  lines(encode: (encoder: HpackEncoder, into: ByteWriter) => void): string[] {
    const bytes = Buffer.from(this.hex(encode), 'hex')
    const list = new HeaderList()
    return this.decoder.decode(bytes, 0, bytes.length, headerLimits, list) === undefined
      ? linesOf(list)
      : ['compression']
  }

  response(fields: string): string[] {
    return this.lines((encoder, into) => encoder.response(200, fields, into))
  }
}

describe('the encoder', () => {
  test('writes a request whose fields the peer reads in lower case', () => {
    const pair = new Pair()

    const lines = pair.lines((encoder, into) =>
      encoder.request(request, 'User-Agent: wrk/4\r\nX-Own:a\r\naccept: \r\n', into),
    )

    assert.deepEqual(lines, [
      ':method: GET',
      ':scheme: https',
      ':authority: a.test',
      ':path: /x',
      'user-agent: wrk/4',
      'x-own: a',
      'accept: ',
    ])
  })

  test('writes an extended CONNECT with its protocol, and a plain one without scheme and path', () => {
    const pair = new Pair()
    const connect = { ...request, method: 'CONNECT' }

    const extended = pair.lines((encoder, into) =>
      encoder.request({ ...connect, protocol: 'websocket' }, '', into),
    )
    const plain = pair.lines((encoder, into) => encoder.request(connect, '', into))

    assert.deepEqual(extended, [
      ':method: CONNECT',
      ':scheme: https',
      ':authority: a.test',
      ':path: /x',
      ':protocol: websocket',
    ])
    assert.deepEqual(plain, [':method: CONNECT', ':authority: a.test'])
  })

  test('writes a repeated response as one byte for each line', () => {
    const pair = new Pair()
    const fields = 'content-type: text/plain\r\nserver: x\r\nx-own: 1\r\n'
    const encode = (encoder: HpackEncoder, into: ByteWriter): void => encoder.response(200, fields, into)
    pair.lines(encode)

    const [second, third, fourth] = [pair.hex(encode), pair.hex(encode), pair.hex(encode)]

    assert.equal(second, '88c0bfbe')
    assert.deepEqual([third, fourth], [second, second])
  })

  test('writes a repeated request as it did before, and another one as another', () => {
    const pair = new Pair()
    const send = (path: string, authority: string): string[] =>
      pair.lines((encoder, into) => encoder.request({ ...request, path, authority }, '', into))
    const heads = [
      ['/x', 'a.test'],
      ['/x', 'a.test'],
      ['/x', 'a.test'],
      ['/y', 'a.test'],
      ['/y', 'b.test'],
      ['/x', 'a.test'],
    ] as const

    for (const [path, authority] of heads) {
      const expected = [':method: GET', ':scheme: https', `:authority: ${authority}`, `:path: ${path}`]
      assert.deepEqual(send(path, authority), expected)
    }
  })

  test('writes statuses of the static table and others', () => {
    const pair = new Pair()

    for (const status of [200, 204, 404, 100, 201, 429, 599]) {
      const lines = pair.lines((encoder, into) => encoder.response(status, '', into))
      assert.deepEqual(lines, [`:status: ${status}`])
    }
  })

  test('never lets the peer index credentials, nor indexes what does not repeat', () => {
    const pair = new Pair()
    const fields = 'authorization: Basic x\r\nset-cookie: a=b\r\ncookie: a=b\r\nx-request-id: 1\r\n'
    const encode = (encoder: HpackEncoder, into: ByteWriter): void => encoder.trailers(fields, into)

    const first = pair.hex(encode)

    assert.equal(pair.hex(encode), first)
    assert.match(first, /^1f08.*0f28.*1f11.*00/)
  })

  test('keeps in step with the peer while lines push each other out of the table', () => {
    const pair = new Pair()
    const fieldsOf = (i: number): string =>
      `x-a: ${i % 7}${'a'.repeat(300)}\r\nx-b: ${i % 11}${'b'.repeat(400)}\r\nx-c: ${i}\r\nx-d: same\r\n`

    for (let i = 0; i < 200; i++) {
      const expected = fieldsOf(i).split('\r\n').slice(0, -1)
      assert.deepEqual(pair.response(fieldsOf(i)), [':status: 200', ...expected])
    }
  })

  test('keeps in step while values of a name come back, names share a place, and the table shrinks', () => {
    const pair = new Pair()
    const fieldsOf = (i: number): string =>
      `X-A: ${i % 3}\r\nx-a: ${i % 3}\r\nX-Request-Id: ${i}\r\nauthorization: ${i % 2}\r\nx-long-${i % 40}: ${'l'.repeat(i % 300)}\r\naccept-encoding: gzip, deflate\r\ncookie: ${'c'.repeat(i % 30)}\r\n`

    for (let i = 0; i < 2000; i++) {
      if (i % 97 === 0) pair.encoder.setPeerTable(i % 2 === 0 ? 300 : 4096)
      const expected = fieldsOf(i).slice(0, -2).split('\r\n')
      const lower = expected.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()))
      assert.deepEqual(pair.response(fieldsOf(i)).slice(1), lower)
    }
  })

  test('writes a line of a known name as the same bytes as one of an unknown name', () => {
    const [fresh, used] = [new Pair(), new Pair()]
    const block = (id: number): string => `x-request-id: ${id}\r\nauthorization: a\r\nlocation:  /${id} \r\n`
    const hexOf = (pair: Pair, id: number): string =>
      pair.hex((encoder, into) => encoder.trailers(block(id), into))
    for (let id = 0; id < 5; id++) hexOf(used, id)

    assert.equal(hexOf(used, 7), hexOf(fresh, 7))
  })

  test('says a block anew when another one has moved its lines in the table', () => {
    const pair = new Pair()
    const [first, second] = ['x-a: 1\r\nx-b: 2\r\n', 'x-c: 3\r\n']

    for (const fields of [first, first, first, second, first, second, first]) {
      assert.deepEqual(pair.response(fields), [':status: 200', ...fields.split('\r\n').slice(0, -1)])
    }
  })

  test('fills the table to the last byte', () => {
    const pair = new Pair()
    const fields = `x-a: ${'a'.repeat(2013)}\r\nx-b: ${'b'.repeat(2013)}\r\n`
    pair.response(fields)

    assert.equal(
      pair.hex((encoder, into) => encoder.trailers(fields, into)),
      'bfbe',
    )
  })

  test('does not give a line larger than half of the table a place in it', () => {
    const pair = new Pair()
    pair.response('x-small: 1\r\n')
    pair.response(`x-large: ${'l'.repeat(3000)}\r\n`)

    assert.equal(
      pair.hex((encoder, into) => encoder.response(200, 'x-small: 1\r\n', into)),
      '88be',
    )
  })

  test('says a smaller table in front of the next block, and the smallest before the last', () => {
    const pair = new Pair()
    pair.encoder.setPeerTable(0)
    pair.encoder.setPeerTable(100)

    assert.equal(
      pair.hex((encoder, into) => encoder.response(200, '', into)),
      '203f4588',
    )
    assert.equal(
      pair.hex((encoder, into) => encoder.response(200, '', into)),
      '88',
    )
  })

  test('says nothing when the peer allows more than it takes', () => {
    const pair = new Pair()
    pair.encoder.setPeerTable(65_536)

    assert.equal(
      pair.hex((encoder, into) => encoder.response(200, '', into)),
      '88',
    )
  })

  test('indexes nothing while the peer has no table', () => {
    const pair = new Pair()
    pair.encoder.setPeerTable(0)
    pair.decoder.setTable(0)
    const fields = 'x-own: 1\r\nserver: x\r\n'

    for (let i = 0; i < 3; i++)
      assert.deepEqual(pair.response(fields), [':status: 200', 'x-own: 1', 'server: x'])
  })
})
