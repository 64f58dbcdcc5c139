import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { FrameTracker } from '../../../../src/wire/websocket/frame-tracker.ts'

interface Frame {
  readonly opcode: number
  readonly final: boolean
  readonly masked: boolean
  readonly length: number
}

/** Bytes of a frame whose payload does not matter. */
function bytesOf({ opcode, final, masked, length }: Frame): Buffer {
  const lengthBytes = length > 65535 ? 8 : length > 125 ? 2 : 0
  const head = Buffer.alloc(2 + lengthBytes)
  head[0] = (final ? 0x80 : 0) | opcode
  head[1] = (masked ? 0x80 : 0) | (lengthBytes === 8 ? 127 : lengthBytes === 2 ? 126 : length)
  if (lengthBytes === 2) head.writeUInt16BE(length, 2)
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 7), Buffer.alloc(length, 0x88)])
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    final: fc.boolean(),
    masked: fc.boolean(),
    length: fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65535, 65536), fc.nat(300)),
  }),
  { minLength: 1, maxLength: 6 },
)

/** Every place in the bytes at which the tracker says a frame may be put, asked behind every piece. */
function boundaries(bytes: Buffer, ends: readonly number[]): number[] {
  const tracker = new FrameTracker()
  const found: number[] = []
  let start = 0
  for (const end of ends) {
    tracker.push(bytes, start, end)
    if (tracker.atBoundary) found.push(end)
    start = end
  }
  return found
}

describe('a frame tracker', () => {
  test('is at a boundary before the first byte', () => {
    assert.equal(new FrameTracker().atBoundary, true)
  })

  test('finds exactly the boundaries of any frames, a byte at a time', () => {
    fc.assert(
      fc.property(frames, (list) => {
        const bytes = Buffer.concat(list.map(bytesOf))
        const every = Array.from({ length: bytes.length }, (_, i) => i + 1)
        let end = 0
        const expected = list.map((frame) => (end += bytesOf(frame).length))
        assert.deepEqual(boundaries(bytes, every), expected)
      }),
      { numRuns: 30 },
    )
  })

  test('says the same of any split', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(100_000), { maxLength: 20 }), (list, cuts) => {
        const bytes = Buffer.concat(list.map(bytesOf))
        const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        )
        let end = 0
        const whole = new Set(list.map((frame) => (end += bytesOf(frame).length)))
        assert.deepEqual(
          boundaries(bytes, ends),
          ends.filter((at) => whole.has(at) || at === 0),
        )
      }),
    )
  })

  test('tells opcode, end of message and length of the frame whose header it read', () => {
    const tracker = new FrameTracker()
    const bytes = bytesOf({ opcode: 2, final: false, masked: true, length: 70_000 })

    const end = tracker.step(bytes, 0, bytes.length)

    assert.deepEqual([end, tracker.opcode, tracker.final, tracker.length], [14, 2, false, 70_000])
  })

  test('remembers a Close', () => {
    const tracker = new FrameTracker()
    const bytes = bytesOf({ opcode: 8, final: true, masked: false, length: 2 })

    tracker.push(bytes, 0, bytes.length)

    assert.deepEqual([tracker.closed, tracker.atBoundary], [true, true])
  })

  test('is never at a boundary again behind a length that no peer can send', () => {
    const tracker = new FrameTracker()
    const bytes = Buffer.from('827fffffffffffffffff', 'hex')

    tracker.push(bytes, 0, bytes.length)
    tracker.push(Buffer.alloc(65536), 0, 65536)

    assert.equal(tracker.atBoundary, false)
  })
})
