import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { preface } from '../../../../src/wire/h2/protocol.ts'
import { frame, frameText, parseFrames, plainGet, settingsPayload, u32 } from '../../../support/h2-frames.ts'
import { carry, Engine, pair, server } from './engine.ts'

const get = { method: 'GET', scheme: 'http', authority: 'test', path: '/', protocol: '' }

describe('a client and a server session', () => {
  test('exchange settings and acknowledge them', () => {
    const both = { client: new Engine('client'), server: new Engine('server') }

    carry(both.client, both.server)

    assert.deepEqual([both.client.heard(), both.server.heard()], [['settings'], ['settings']])
    assert.equal(both.server.session.peer.streams, Number.POSITIVE_INFINITY)
    assert.equal(both.client.session.peer.streams, 100)
    assert.equal(both.client.session.peer.extendedConnect, true)
    assert.equal(both.client.session.unackedSince, Number.POSITIVE_INFINITY)
  })

  test('carry a request and its response', () => {
    const { client, server } = pair()
    server.onRequest = (stream) => {
      server.session.sendResponse(stream, 200, 'content-type: text/plain\r\n')
      server.session.sendData(stream, Buffer.from('hello'), 0, 5, true)
      server.session.sendEnd(stream, '')
    }

    const stream = client.session.sendRequest(get, 'x-a: b\r\n')
    client.session.sendEnd(stream, '')
    carry(client, server)

    assert.deepEqual(server.heard(), ['head 1 GET / ended'])
    assert.deepEqual(client.heard(), ['head 1 200 open', 'end 1'])
    assert.equal(client.bodies.get(1), 'hello')
    assert.equal(client.session.streams.size + server.session.streams.size, 0)
  })

  test('carry 1xx heads and trailers', () => {
    const { client, server } = pair()
    server.onRequest = (stream) => {
      server.session.sendResponse(stream, 103, '')
      server.session.sendResponse(stream, 200, '')
      server.session.sendEnd(stream, 'grpc-status: 0\r\n')
    }

    client.session.sendEnd(client.session.sendRequest(get, ''), '')
    carry(client, server)

    assert.deepEqual(client.heard(), ['head 1 103 open', 'head 1 200 open', 'trailers 1 grpc-status: 0'])
  })

  test('carry a body of any size through windows of 64 KiB, both ways', () => {
    const { client, server } = pair()
    const body = Buffer.alloc(3_000_000, 'abcdefghij')
    server.onRequest = (stream) => {
      server.session.sendResponse(stream, 200, '')
      server.session.sendData(stream, body, 0, body.length, false)
      server.session.sendEnd(stream, '')
    }

    const stream = client.session.sendRequest(get, '')
    client.session.sendData(stream, body, 0, body.length, true)
    client.session.sendEnd(stream, '')
    carry(client, server)

    assert.equal(server.bodies.get(1), body.toString())
    assert.equal(client.bodies.get(1), body.toString())
    assert.equal(client.session.queued + server.session.queued, 0)
  })

  test('say the same however the bytes are cut', () => {
    const { client } = pair()
    client.session.sendData(client.session.sendRequest(get, ''), Buffer.from('body'), 0, 4, true)
    const bytes = Buffer.concat([
      Buffer.from(preface),
      frame(4, 0, 0, settingsPayload([3, 7])),
      client.output(),
      frame(0, 9, 1, Buffer.from([2, 33, 34, 0, 0])),
      frame(6, 0, 0, 'pingping'),
    ])
    for (const step of [1, 2, 3, 5, 8, 9, 10, 17, 1000]) {
      const engine = new Engine('server')
      for (let at = 0; at < bytes.length; at += step) engine.push(bytes.subarray(at, at + step))

      assert.deepEqual(engine.heard(), ['settings', 'head 1 GET / open', 'end 1'], `in steps of ${step}`)
      assert.equal(engine.bodies.get(1), 'body!"')
      assert.equal(engine.said().at(-1), 'ping ack')
    }
  })
})

describe('what leaves in a turn', () => {
  test('is one buffer for many small answers, each ended by its last frame', () => {
    const engine = server()
    engine.onRequest = (stream) => {
      engine.session.sendResponse(stream, 200, '')
      engine.session.sendData(stream, Buffer.from('ok'), 0, 2, true)
      engine.session.sendEnd(stream, '')
    }

    for (let id = 1; id < 41; id += 2) engine.push(frame(1, 5, id, plainGet))
    const parts = engine.session.takeOutput()

    assert.equal(parts.length, 1)
    const said = parseFrames(Buffer.concat(parts)).frames.map(frameText)
    assert.equal(said.length, 40)
    assert.deepEqual(said.slice(0, 2), ['headers 1', 'data 1 2 bytes end'])
  })

  test('refers to large bodies that stay, and copies those that do not', () => {
    const engine = server()
    engine.push(frame(1, 5, 1, plainGet), frame(1, 5, 3, plainGet))
    const [first, second] = engine.live
    const body = Buffer.alloc(16_384, 'x')
    assert.ok(first !== undefined && second !== undefined)

    engine.session.sendData(first, body, 0, body.length, true)
    assert.equal(engine.session.refers, false)
    engine.session.sendData(second, body, 0, body.length, false)
    assert.equal(engine.session.refers, true)
    body.fill('y')
    const { frames } = parseFrames(engine.output())

    assert.deepEqual(
      frames.map(({ payload }) => payload.toString('latin1', 0, 1)),
      ['x', 'y'],
    )
  })

  test('ends a response without a body in its head', () => {
    const engine = server()
    engine.onRequest = (stream) => {
      engine.session.sendResponse(stream, 204, '')
      engine.session.sendEnd(stream, '')
    }

    engine.push(frame(1, 5, 1, plainGet))

    assert.deepEqual(engine.said(), ['headers 1 end'])
    assert.equal(engine.session.streams.size, 0)
  })

  test('is fair between streams', () => {
    const engine = server()
    engine.push(frame(8, 0, 0, u32(1_000_000)))
    for (const id of [1, 3, 5]) engine.push(frame(1, 5, id, plainGet))
    const body = Buffer.alloc(60_000)
    engine.session.congested = true

    for (const stream of engine.live) engine.session.sendData(stream, body, 0, body.length, false)
    const round = engine.said().map((text) => text.split(' ')[1])

    assert.deepEqual(round.slice(0, 6), ['1', '3', '5', '1', '3', '5'])
  })

  test('waits for the window, and goes on by what it opens', () => {
    const engine = server()
    engine.push(frame(4, 0, 0, settingsPayload([4, 10])), frame(1, 4, 1, plainGet))
    const [stream] = engine.live
    assert.ok(stream !== undefined)

    engine.session.sendData(stream, Buffer.alloc(100), 0, 100, true)
    engine.session.sendEnd(stream, '')
    engine.session.awaitDrain(stream)
    assert.deepEqual(engine.said(), ['settings ack', 'data 1 10 bytes'])
    assert.equal(stream.queued, 90)
    engine.push(frame(8, 0, 1, u32(5)))
    assert.deepEqual(engine.said(), ['data 1 5 bytes'])
    engine.push(frame(4, 0, 0, settingsPayload([4, 0])))
    engine.push(frame(8, 0, 1, u32(12)))
    assert.deepEqual(engine.said(), ['settings ack', 'data 1 2 bytes'])
    engine.push(frame(8, 0, 1, u32(1000)))

    assert.deepEqual(engine.said(), ['data 1 83 bytes end'])
    assert.equal(engine.heard().at(-1), 'drained 1')
  })
})
