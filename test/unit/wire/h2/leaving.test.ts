import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorCode } from '../../../../src/wire/h2/protocol.ts'
import { frame, plainGet, settingsPayload, u32 } from '../../../support/h2-frames.ts'
import { carry, Engine, pair, server } from './engine.ts'

const get = { method: 'GET', scheme: 'http', authority: 'test', path: '/', protocol: '' }

describe('a server that drains', () => {
  test('D12 names no last stream before the client has heard of it', () => {
    const engine = server()
    engine.push(frame(1, 5, 1, plainGet))

    engine.session.drain()
    const [first, second] = engine.frames()
    engine.push(frame(1, 5, 3, plainGet), frame(6, 1, 0, second?.payload ?? ''))
    const last = engine.said()
    engine.push(frame(1, 5, 5, plainGet), frame(0, 1, 5, 'x'))

    assert.equal(first?.payload.readUInt32BE(0), 0x7fff_ffff)
    assert.deepEqual(last, ['goaway last 3 code 0'])
    assert.equal(engine.session.draining, 'final')
    assert.deepEqual(engine.heard(), ['head 1 GET / ended', 'head 3 GET / ended'])
    assert.deepEqual(engine.said(), [])
  })

  test('D12 still answers the streams it took', () => {
    const { client, server } = pair()
    client.session.sendEnd(client.session.sendRequest(get, ''), '')
    carry(client, server)
    server.session.drain()
    server.session.drain()
    carry(client, server)
    const [stream] = server.live
    assert.ok(stream !== undefined)

    server.session.sendResponse(stream, 200, '')
    server.session.sendEnd(stream, '')
    carry(client, server)

    assert.equal(client.session.room, 0)
    assert.deepEqual(client.heard().slice(-2), ['goaway 1 NO_ERROR', 'head 1 200 ended'])
  })
})

describe('a server that dismisses the rest of a request', () => {
  test('resets with NO_ERROR behind its whole answer', () => {
    const engine = server()
    engine.push(frame(4, 0, 0, settingsPayload([4, 3])), frame(1, 4, 1, plainGet))
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    engine.session.sendResponse(stream, 413, '')
    engine.session.sendData(stream, Buffer.from('large'), 0, 5, true)
    engine.session.sendEnd(stream, '')
    engine.session.dismiss(stream)
    assert.deepEqual(engine.said(), ['settings ack', 'headers 1', 'data 1 3 bytes'])

    engine.push(frame(8, 0, 1, u32(10)))

    assert.deepEqual(engine.said(), ['data 1 2 bytes end', 'resetStream 1 code 0'])
    assert.equal(engine.session.streams.size, 0)
  })

  test('resets nothing when the request comes to its end in the meantime', () => {
    const engine = server()
    engine.push(frame(1, 4, 1, plainGet))
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    engine.session.sendResponse(stream, 413, '')
    engine.session.dismiss(stream)
    engine.push(frame(0, 1, 1, 'rest'))
    engine.session.sendEnd(stream, '')

    assert.deepEqual(engine.said(), ['headers 1 end'])
  })
})

describe('a client', () => {
  test('opens as many streams as the server allows', () => {
    const both = { client: new Engine('client'), server: new Engine('server', { streams: 2 }) }
    carry(both.client, both.server)

    assert.equal(both.client.session.room, 2)
    both.client.session.sendRequest(get, '')
    both.client.session.sendRequest(get, '')

    assert.equal(both.client.session.room, 0)
  })

  test('learns which requests a GOAWAY left untouched', () => {
    const { client, server } = pair()
    for (let i = 0; i < 3; i++) client.session.sendEnd(client.session.sendRequest(get, ''), '')
    carry(client, server)
    client.heard()

    client.push(frame(7, 0, 0, u32(3, 0)))

    assert.deepEqual(client.heard(), ['reset 5 REFUSED_STREAM by peer unprocessed', 'goaway 3 NO_ERROR'])
    assert.equal(client.session.room, 0)
    assert.deepEqual([...client.session.streams.keys()], [1, 3])
  })

  test('learns that a refused stream may be tried again', () => {
    const { client, server } = pair()
    server.onRequest = (stream) => server.session.reset(stream, errorCode.refusedStream)

    client.session.sendRequest(get, '')
    carry(client, server)

    assert.deepEqual(client.heard(), ['reset 1 REFUSED_STREAM by peer unprocessed'])
  })

  test('refuses pushes, responses to nothing, DATA before a head and a 1xx that ends', () => {
    const faults: [Buffer, string][] = [
      [frame(5, 4, 1, Buffer.concat([u32(2), plainGet])), 'fatal PROTOCOL_ERROR'],
      [frame(4, 0, 0, settingsPayload([2, 1])), 'fatal PROTOCOL_ERROR'],
      [frame(1, 5, 9, Buffer.from([0x88])), 'fatal PROTOCOL_ERROR'],
      [frame(1, 5, 2, Buffer.from([0x88])), 'fatal PROTOCOL_ERROR'],
      [frame(0, 0, 1, 'x'), 'reset 1 PROTOCOL_ERROR by us'],
      [frame(1, 5, 1, Buffer.from([8, 3, 0x31, 0x30, 0x33])), 'reset 1 PROTOCOL_ERROR by us'],
    ]
    for (const [bytes, told] of faults) {
      const { client } = pair()
      client.session.sendRequest(get, '')

      client.push(bytes)

      assert.equal(client.heard().at(-1), told)
    }
  })

  test('pings, and hears the answer', () => {
    const { client, server } = pair()

    client.session.ping()
    carry(client, server)

    assert.deepEqual(client.heard(), ['pong'])
  })
})
