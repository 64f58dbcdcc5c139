import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { preface } from '../../../../src/wire/h2/protocol.ts'
import { block, frame, plainGet, settingsPayload, u32 } from '../../../support/h2-frames.ts'
import { Engine, type Stream } from './engine.ts'

const id = fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 2, 0x7fff_ffff)
const flags = fc.constantFrom(0, 1, 4, 5, 8, 9, 12, 13, 32, 37, 255)
const payload = fc.oneof(
  fc.constant(plainGet),
  fc.constant(block(['x', 'y'])),
  fc.constant(settingsPayload([4, 100], [1, 0], [3, 1])),
  fc.constantFrom(0, 1, 70_000, 0x7fff_ffff).map((n) => u32(n)),
  fc.constant(Buffer.from('12345678')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)
/** Frames of every kind, mostly near to being right. */
const anyFrame = fc
  .tuple(fc.integer({ min: 0, max: 17 }), flags, id, payload)
  .map(([type, flag, stream, bytes]) => frame(type, flag, stream, bytes))
const start = Buffer.concat([Buffer.from(preface), frame(4, 0, 0), frame(4, 1, 0)])

/** An answering server that has heard these bytes, in pieces of this size. */
function heardBy(bytes: Buffer, size: number): Engine {
  const engine = new Engine('server')
  engine.onRequest = (stream) => {
    engine.session.sendResponse(stream, 200, 'x-a: b\r\n')
    engine.session.sendData(stream, Buffer.alloc(300, 'r'), 0, 300, true)
    engine.session.sendEnd(stream, '')
  }
  for (let at = 0; at < bytes.length; at += size) engine.push(bytes.subarray(at, at + size))
  return engine
}

describe('a session', () => {
  test('takes any frames without throwing, says frames alone, and stays in bounds', () => {
    const property = fc.property(fc.array(anyFrame, { maxLength: 40 }), (frames) => {
      const engine = heardBy(Buffer.concat([start, ...frames]), 1 << 20)

      const said = engine.said()
      const live = [...engine.session.streams.values()]
      assert.ok(live.length <= 100)
      assert.ok(live.every(({ queued, owed }) => queued >= 0 && owed >= 0))
      assert.equal(
        engine.session.queued,
        live.reduce((sum, { queued }) => sum + queued, 0),
      )
      assert.equal(said.filter((text) => text.startsWith('goaway')).length, engine.session.dead ? 1 : 0)
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('takes any bytes behind the preface without throwing', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      heardBy(Buffer.concat([start, bytes]), 7)
    })
    fc.assert(property, { numRuns: 1000 })
  })

  test('says and tells the same however the bytes were cut', () => {
    const property = fc.property(
      fc.array(anyFrame, { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (frames, size) => {
        const bytes = Buffer.concat([start, ...frames])

        const [one, other] = [heardBy(bytes, bytes.length), heardBy(bytes, size)]

        assert.deepEqual(other.told, one.told)
        assert.deepEqual(other.bodies, one.bodies)
        assert.equal(other.output().toString('hex'), one.output().toString('hex'))
      },
    )
    fc.assert(property, { numRuns: 500 })
  })

  test('carries every byte in order, whatever sizes are sent and whatever windows are opened', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.nat(40_000), fc.nat(50_000), fc.boolean()), {
      maxLength: 30,
    })
    const property = fc.property(steps, (each) => {
      const engine = new Engine('server')
      engine.push(start, frame(1, 5, 1, plainGet), frame(1, 5, 3, plainGet))
      engine.output()
      const streams = engine.live.slice(0, 2) as [Stream, Stream]
      const sent = ['', '']
      const got = new Map([
        [1, ''],
        [3, ''],
      ])
      const take = () => {
        for (const { type, id: of, payload: bytes } of engine.frames())
          if (type === 0) got.set(of, got.get(of) + bytes.toString('latin1'))
      }

      for (const [which, size, window, borrowed] of each) {
        const text = String.fromCharCode(97 + ((sent[which] ?? '').length % 26)).repeat(size)
        const bytes = Buffer.from(text)
        sent[which] += text
        engine.session.sendData(streams[which], bytes, 0, size, borrowed)
        take()
        if (borrowed) bytes.fill(0)
        if (window > 0) engine.push(frame(8, 0, 0, u32(window)), frame(8, 0, which * 2 + 1, u32(window)))
      }
      for (const at of [0, 1, 3]) engine.push(frame(8, 0, at, u32(0x4000_0000)))
      while (engine.session.hasOutput) take()

      assert.deepEqual([got.get(1), got.get(3)], sent)
      assert.equal(engine.session.queued, 0)
    })
    fc.assert(property, { numRuns: 100 })
  })
})
