import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Budget } from '../../../../src/wire/h2/budget.ts'
import { block, frame, plainGet, u32 } from '../../../support/h2-frames.ts'
import { type Engine, server } from './engine.ts'

const calm = 'fatal ENHANCE_YOUR_CALM'

/** Pushes until the session ends. @returns how many times it could. */
function pushes(engine: Engine, most: number, next: (i: number) => Buffer): number {
  for (let i = 0; i < most; i++) {
    engine.push(next(i))
    engine.output()
    if (engine.session.dead) return i + 1
  }
  return most
}

const request = (i: number) => frame(1, 5, i * 2 + 1, plainGet)
const upload = (i: number) => frame(1, 4, i * 2 + 1, plainGet)

describe('a budget', () => {
  test('is spent after so many at once, and grows back with time', () => {
    const budget = new Budget(3, 10)

    assert.deepEqual([budget.spend(0), budget.spend(0), budget.spend(0)], [false, false, true])
    assert.deepEqual([budget.spend(200), budget.spend(200)], [false, true])
    assert.deepEqual([budget.spend(90_000), budget.spend(90_000), budget.spend(90_000)], [false, false, true])
  })
})

describe('the session ends with ENHANCE_YOUR_CALM', () => {
  test('D01 after 100 requests that were reset at once', () => {
    const engine = server()

    const count = pushes(engine, 1000, (i) => Buffer.concat([request(i), frame(3, 0, i * 2 + 1, u32(8))]))

    assert.equal(count, 100)
    assert.equal(engine.live.length, 100)
    assert.equal(engine.heard().at(-1), calm)
  })

  for (const [name, provoke] of [
    ['a WINDOW_UPDATE by 0', (id: number) => frame(8, 0, id, u32(0))],
    ['a second head', (id: number) => frame(1, 4, id, block(['x', 'y']))],
    ['PRIORITY of the wrong size', (id: number) => frame(2, 0, id, '1234')],
    ['a dependency on itself', (id: number) => frame(2, 0, id, Buffer.concat([u32(id), Buffer.from([0])]))],
  ] as const) {
    test(`D02 after 100 resets that ${name} made us send`, () => {
      const engine = server()

      const count = pushes(engine, 1000, (i) => Buffer.concat([upload(i), provoke(i * 2 + 1)]))

      assert.equal(count, 100)
      assert.equal(engine.heard().at(-1), calm)
    })
  }

  test('but not after resets that were ours alone', () => {
    const engine = server()
    engine.onRequest = (stream) => engine.session.reset(stream, 2)

    assert.equal(pushes(engine, 1000, request), 1000)
    assert.equal(engine.session.dead, false)
  })

  test('and not after as many resets as 20 a second', () => {
    const engine = server()

    const count = pushes(engine, 1000, (i) => {
      engine.now = i * 50
      return Buffer.concat([request(i), frame(3, 0, i * 2 + 1, u32(8))])
    })

    assert.equal(count, 1000)
  })

  for (const [name, first, next, most] of [
    ['CONTINUATION frames of 1 KiB', frame(1, 0, 1, plainGet), frame(9, 0, 1, Buffer.alloc(1024)), 9],
    ['CONTINUATION frames without a byte', frame(1, 0, 1, plainGet), frame(9, 0, 1), 9],
    ['CONTINUATION frames of 16 KiB', frame(1, 0, 1, plainGet), frame(9, 0, 1, Buffer.alloc(16_384)), 2],
  ] as const) {
    test(`D03 after ${most} ${name}`, () => {
      const engine = server()
      engine.push(first)

      assert.equal(
        pushes(engine, 100, () => next),
        most,
      )
      assert.equal(engine.heard().at(-1), calm)
    })
  }

  for (const [name, next] of [
    ['D04 PING', frame(6, 0, 0, '12345678')],
    ['D04 SETTINGS', frame(4, 0, 0)],
    ['D04 PRIORITY', frame(2, 0, 7, Buffer.alloc(5))],
    ['D04 PRIORITY_UPDATE', frame(16, 0, 0, u32(1))],
    ['D04 frames of an unknown type', frame(0xee, 0, 0, 'x')],
    ['D05 DATA without a byte', frame(0, 0, 1)],
    ['D05 DATA of padding alone', frame(0, 8, 1, Buffer.concat([Buffer.from([200]), Buffer.alloc(200)]))],
    ['D06 WINDOW_UPDATE of the connection by 1', frame(8, 0, 0, u32(1))],
    ['D06 WINDOW_UPDATE of a stream by 1', frame(8, 0, 1, u32(1))],
  ] as const) {
    test(`${name}: after 1,000 at once`, () => {
      const engine = server()
      engine.push(upload(0))

      const count = pushes(engine, 100_000, () => next)

      assert.ok(count >= 990 && count <= 1003, `${count}`)
      assert.equal(engine.heard().at(-1), calm)
    })
  }

  for (const [name, next] of [
    ['HEADERS', frame(1, 5, 1, plainGet)],
    ['DATA of a byte', frame(0, 0, 1, 'x')],
  ] as const) {
    test(`D04 after 1,000 ${name} at once on a stream that we reset`, () => {
      const engine = server()
      engine.onRequest = (stream) => engine.session.reset(stream, 2)
      engine.push(upload(0))

      assert.equal(
        pushes(engine, 5000, () => next),
        999,
      )
      assert.equal(engine.heard().at(-1), calm)
    })
  }

  test('D12 after 1,000 requests behind our last GOAWAY', () => {
    const engine = server()
    engine.session.drain()
    engine.session.drain()

    assert.equal(pushes(engine, 5000, request), 999)
    assert.deepEqual(engine.live, [])
  })

  test('D04 before 1,000 answers wait that the client does not read', () => {
    const engine = server()

    for (let i = 0; i < 100_000 && !engine.session.dead; i++) {
      engine.now = i * 20
      engine.push(frame(6, 0, 0, '12345678'))
      engine.session.takeOutput()
    }

    assert.equal(engine.heard().at(-1), calm)
    assert.ok(engine.now < 1000 * 20)
  })

  test('D09 when windows are opened byte by byte for bytes that wait', () => {
    const engine = server()
    engine.push(frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])), request(0))
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    engine.session.sendData(stream, Buffer.alloc(100_000), 0, 100_000, false)

    const count = pushes(engine, 100_000, () => frame(8, 0, 1, u32(1)))

    assert.ok(count <= 1003, `${count}`)
    assert.equal(engine.heard().at(-1), calm)
  })

  test('D10 after 100 streams beyond the limit', () => {
    const engine = server({ streams: 10 })

    const count = pushes(engine, 1000, request)

    assert.equal(engine.live.length, 10)
    assert.ok(count <= 110, `${count}`)
  })
})

describe('the session bears', () => {
  test('a WINDOW_UPDATE for each frame of DATA, without end', () => {
    const engine = server()
    engine.push(request(0))
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    const part = Buffer.alloc(16_384)

    const count = pushes(engine, 5000, () => {
      engine.session.sendData(stream, part, 0, part.length, true)
      return Buffer.concat([frame(8, 0, 0, u32(16_384)), frame(8, 0, 1, u32(16_384))])
    })

    assert.equal(count, 5000)
  })

  test('a PING for each frame of DATA, as gRPC measures the way', () => {
    const engine = server()
    engine.push(frame(8, 0, 0, u32(0x4000_0000)), request(0), frame(8, 0, 1, u32(0x4000_0000)))
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    const part = Buffer.alloc(16_384)

    const count = pushes(engine, 5000, () => {
      engine.session.sendData(stream, part, 0, part.length, true)
      return frame(6, 0, 0, '12345678')
    })

    assert.equal(count, 5000)
  })

  test('streams beyond the limit from a client that cannot know it yet, and refuses them', () => {
    const engine = server({ streams: 10 })

    engine.push(...Array.from({ length: 50 }, (_, i) => request(i)))

    assert.deepEqual(engine.said().slice(-1), ['resetStream 99 code 7'])
    assert.equal(engine.session.dead, false)
  })
})
