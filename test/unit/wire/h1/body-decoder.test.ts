import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BodyDecoder, type BodySink } from '../../../../src/wire/h1/body-decoder.ts'
import { bodyLimits } from '../../../support/codec.ts'

class Collector implements BodySink {
  readonly slices: string[] = []
  readonly ends: string[] = []
  onBodyData(buffer: Buffer, start: number, end: number): void {
    this.slices.push(buffer.toString('latin1', start, end))
  }
  onBodyEnd(trailers: string): void {
    this.ends.push(trailers)
  }
}

function decode(text: string, announced = ''): { decoder: BodyDecoder; sink: Collector; next: number } {
  const decoder = new BodyDecoder()
  const sink = new Collector()
  decoder.begin('chunked', 0, bodyLimits, 'request', announced)
  const next = decoder.push(Buffer.from(text, 'latin1'), 0, text.length, sink)
  return { decoder, sink, next }
}

describe('a body', () => {
  for (const [kind, length] of [
    ['none', 0],
    ['none', 5],
    ['length', 0],
  ] as const) {
    test(`of kind ${kind} and length ${length} is over at once, without a word to the sink`, () => {
      const decoder = new BodyDecoder()
      const sink = new Collector()
      decoder.begin(kind, length, bodyLimits, 'request')

      assert.deepEqual(
        [decoder.done, decoder.push(Buffer.from('next'), 0, 4, sink), sink.ends],
        [true, 0, []],
      )
    })
  }

  test('of a length ends there, and leaves what follows', () => {
    const decoder = new BodyDecoder()
    const sink = new Collector()
    decoder.begin('length', 5, bodyLimits, 'request')

    assert.equal(decoder.push(Buffer.from('..hel'), 2, 5, sink), 5)
    assert.equal(decoder.done, false)
    assert.equal(decoder.push(Buffer.from('loGET'), 0, 5, sink), 2)
    assert.deepEqual([decoder.done, decoder.bytes, sink.slices, sink.ends], [true, 5, ['hel', 'lo'], ['']])
  })

  test('up to the close ends when the peer does', () => {
    const decoder = new BodyDecoder()
    const sink = new Collector()
    decoder.begin('close', 0, bodyLimits, 'response')
    decoder.push(Buffer.from('anything'), 0, 8, sink)

    assert.deepEqual([decoder.done, decoder.finish(sink), decoder.done, sink.ends], [false, true, true, ['']])
  })

  for (const kind of ['length', 'chunked'] as const) {
    test(`R09 of kind ${kind} is not complete when the peer ends`, () => {
      const decoder = new BodyDecoder()
      decoder.begin(kind, 5, bodyLimits, 'response')

      assert.equal(decoder.finish(new Collector()), false)
    })
  }

  test('in chunks comes as slices, without its extensions', () => {
    const { decoder, sink, next } = decode('3;x=y\r\nabc\r\nA\r\n0123456789\r\n0;z\r\n\r\nNEXT')

    assert.deepEqual([sink.slices, sink.ends, decoder.bytes, next], [['abc', '0123456789'], [''], 13, 34])
  })

  test('can be begun again after a fault', () => {
    const { decoder, sink } = decode('5;a="')
    decoder.push(Buffer.from('\r\n'), 0, 2, sink)
    assert.equal(decoder.refusal?.reason, 'bad_chunk')

    decoder.begin('chunked', 0, bodyLimits, 'response')

    assert.equal(decoder.push(Buffer.from('1\r\nx\r\n0\r\n\r\n'), 0, 11, sink), 11)
    assert.deepEqual([decoder.done, decoder.refusal, decoder.bytes], [true, undefined, 1])
  })

  test('R09 of an upstream is refused as the upstream', () => {
    const decoder = new BodyDecoder()
    decoder.begin('chunked', 0, bodyLimits, 'response')

    assert.equal(decoder.push(Buffer.from('x'), 0, 1, new Collector()), -1)
    assert.equal(decoder.refusal?.reason, 'upstream_bad_response')
  })

  test('C08 has a limit for the extensions of one chunk and of all', () => {
    const line = (length: number) => `1;${'x'.repeat(length - 1)}\r\nx\r\n`

    assert.equal(decode(line(256)).decoder.refusal, undefined)
    assert.equal(decode(line(257)).decoder.refusal?.reason, 'bad_chunk')
    assert.equal(decode(line(200).repeat(5)).decoder.refusal, undefined)
    assert.equal(decode(line(200).repeat(6)).decoder.refusal?.reason, 'bad_chunk')
  })

  test('C14 has no limit for small chunks where 0 says so', () => {
    const decoder = new BodyDecoder()
    decoder.begin('chunked', 0, { ...bodyLimits, chunkAverage: 0 }, 'response')
    const text = '1\r\nx\r\n'.repeat(5000)

    assert.equal(decoder.push(Buffer.from(text), 0, text.length, new Collector()), text.length)
  })
})

describe('trailers', () => {
  for (const [announced, section, passed] of [
    ['', 'grpc-status: 0\r\nGrpc-Message:ok\r\n', 'grpc-status: 0\r\nGrpc-Message: ok\r\n'],
    [
      '',
      'Digest: a\r\nX-Checksum-Sha1: b\r\nServer-Timing: c\r\n',
      'Digest: a\r\nX-Checksum-Sha1: b\r\nServer-Timing: c\r\n',
    ],
    ['', 'X-A: 1\r\n', ''],
    ['x-a, X-B', 'X-A: 1\r\nX-C: 2\r\nx-b: \xe9\r\n', 'X-A: 1\r\nx-b: \xe9\r\n'],
    [
      'host, authorization, cookie, x-forwarded-for, connection, te',
      'Host: a\r\nAuthorization: b\r\nCookie: c\r\nX-Forwarded-For: d\r\nConnection: e\r\nTE: f\r\n',
      '',
    ],
    [
      '__proto__, x_a, content-type, l5d-x, set-cookie',
      '__proto__: 1\r\nx_a: 2\r\nContent-Type: 3\r\nl5d-x: 4\r\nSet-Cookie: 5\r\n',
      '',
    ],
    ['not a list', 'not: 1\r\n', ''],
  ] as const) {
    test(`C11 ${JSON.stringify(section)} with Trailer ${JSON.stringify(announced)} gives ${JSON.stringify(passed)}`, () => {
      const { decoder, sink, next } = decode(`0\r\n${section}\r\n`, announced)

      assert.deepEqual([decoder.refusal, sink.ends, next], [undefined, [passed], 5 + section.length])
    })
  }

  test('have a limit of bytes and of fields', () => {
    const bytes = (length: number) => `0\r\nx: ${'y'.repeat(length - 5)}\r\n\r\n`

    assert.equal(decode(bytes(4096)).decoder.refusal, undefined)
    assert.equal(decode(bytes(4097)).decoder.refusal?.reason, 'trailers_too_large')
    assert.equal(decode(`0\r\n${'x: y\r\n'.repeat(20)}\r\n`).decoder.refusal, undefined)
    assert.equal(decode(`0\r\n${'x: y\r\n'.repeat(21)}\r\n`).decoder.refusal?.reason, 'trailers_too_large')
  })

  test('that never end are refused when the limit is passed', () => {
    assert.equal(decode(`0\r\nx: ${'y'.repeat(5000)}`).decoder.refusal?.reason, 'trailers_too_large')
  })
})
