import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorCode, errorName, preface } from '../../../../src/wire/h2/protocol.ts'
import { block, frame, plainGet, settingsPayload, u32 } from '../../../support/h2-frames.ts'
import { Engine, server } from './engine.ts'

const data = 0
const headers = 1
const priority = 2
const reset = 3
const settings = 4
const promise = 5
const ping = 6
const goaway = 7
const update = 8
const continuation = 9
const priorityUpdate = 16

const endStream = 1
const endHeaders = 4
const padded = 8

/** A request whose body is to come, and one that is complete. */
const open = frame(headers, endHeaders, 1, plainGet)
const ended = frame(headers, endHeaders | endStream, 1, plainGet)
/** The same on a higher stream. */
const above = frame(headers, endHeaders | endStream, 3, plainGet)

type Row = readonly [name: string, ...frames: Buffer[]]

const connectionErrors: readonly (readonly [code: number, ...Row])[] = [
  [errorCode.protocolError, 'an even stream id', frame(headers, 5, 2, plainGet)],
  [errorCode.protocolError, 'HEADERS on stream 0', frame(headers, 5, 0, plainGet)],
  [
    errorCode.protocolError,
    'a stream id that was skipped',
    frame(headers, 5, 9, plainGet),
    frame(headers, 5, 7, plainGet),
  ],
  [errorCode.protocolError, 'DATA on stream 0', frame(data, 0, 0, 'x')],
  [errorCode.protocolError, 'DATA on an idle stream', frame(data, 0, 1, 'x')],
  [
    errorCode.protocolError,
    'DATA padded beyond its length',
    open,
    frame(data, padded, 1, Buffer.from([5, 1, 2, 3, 4])),
  ],
  [
    errorCode.protocolError,
    'HEADERS padded beyond their length',
    frame(headers, 5 | padded, 1, Buffer.from([9, 0x82])),
  ],
  // A server opens no streams: those are idle for ever, whatever lies above them.
  [errorCode.protocolError, 'DATA on an even stream below others', above, frame(data, 0, 2, 'x')],
  [errorCode.protocolError, 'RST_STREAM on an even stream below others', above, frame(reset, 0, 2, u32(8))],
  [
    errorCode.protocolError,
    'WINDOW_UPDATE on an even stream below others',
    above,
    frame(update, 0, 2, u32(1)),
  ],
  [errorCode.protocolError, 'PUSH_PROMISE', open, frame(promise, endHeaders, 1, u32(2))],
  [errorCode.protocolError, 'RST_STREAM on an idle stream', frame(reset, 0, 1, u32(8))],
  [errorCode.protocolError, 'RST_STREAM on stream 0', frame(reset, 0, 0, u32(8))],
  [errorCode.protocolError, 'WINDOW_UPDATE on an idle stream', frame(update, 0, 1, u32(1))],
  [errorCode.protocolError, 'WINDOW_UPDATE by 0 on the connection', frame(update, 0, 0, u32(0))],
  [errorCode.protocolError, 'SETTINGS on a stream', frame(settings, 0, 1)],
  [errorCode.protocolError, 'ENABLE_PUSH of 2', frame(settings, 0, 0, settingsPayload([2, 2]))],
  [
    errorCode.protocolError,
    'a largest frame below 16,384',
    frame(settings, 0, 0, settingsPayload([5, 16_383])),
  ],
  [errorCode.protocolError, 'PING on a stream', frame(ping, 0, 1, '12345678')],
  [errorCode.protocolError, 'GOAWAY on a stream', frame(goaway, 0, 1, u32(0, 0))],
  [errorCode.protocolError, 'PRIORITY on stream 0', frame(priority, 0, 0, '12345')],
  [errorCode.protocolError, 'PRIORITY_UPDATE on a stream', frame(priorityUpdate, 0, 1, u32(1))],
  [errorCode.protocolError, 'CONTINUATION of nothing', frame(continuation, endHeaders, 1, plainGet)],
  [
    errorCode.protocolError,
    'PING inside a header block',
    frame(headers, 0, 1, plainGet),
    frame(ping, 0, 0, '12345678'),
  ],
  [
    errorCode.protocolError,
    'CONTINUATION of another stream',
    frame(headers, 0, 1, plainGet),
    frame(continuation, endHeaders, 3, ''),
  ],
  [
    errorCode.protocolError,
    'an extended CONNECT setting that is taken back',
    frame(settings, 0, 0, settingsPayload([8, 1], [8, 0])),
  ],
  [errorCode.frameSizeError, 'a frame above 16,384 bytes', frame(data, 0, 1, Buffer.alloc(16_385))],
  [errorCode.frameSizeError, 'SETTINGS of 5 bytes', frame(settings, 0, 0, '12345')],
  [errorCode.frameSizeError, 'an ack with settings', frame(settings, 1, 0, settingsPayload([3, 1]))],
  [errorCode.frameSizeError, 'PING of 7 bytes', frame(ping, 0, 0, '1234567')],
  [errorCode.frameSizeError, 'RST_STREAM of 3 bytes', open, frame(reset, 0, 1, '123')],
  [errorCode.frameSizeError, 'WINDOW_UPDATE of 5 bytes', frame(update, 0, 0, '12345')],
  [errorCode.frameSizeError, 'GOAWAY of 7 bytes', frame(goaway, 0, 0, '1234567')],
  [errorCode.flowControlError, 'a connection window above 2^31-1', frame(update, 0, 0, u32(0x7fff_ffff))],
  [
    errorCode.flowControlError,
    'an initial window above 2^31-1',
    frame(settings, 0, 0, settingsPayload([4, 0x8000_0000])),
  ],
  [
    errorCode.flowControlError,
    'an initial window that lifts a stream above 2^31-1',
    open,
    frame(update, 0, 1, u32(100_000)),
    frame(settings, 0, 0, settingsPayload([4, 0x7fff_ffff])),
  ],
  [
    errorCode.compressionError,
    'an index beyond the tables',
    frame(headers, 5, 1, Buffer.from([0xff, 0xff, 0x7f])),
  ],
]

const streamErrors: readonly (readonly [code: number, ...Row])[] = [
  [errorCode.streamClosed, 'DATA behind the end', ended, frame(data, 0, 1, 'x')],
  [errorCode.streamClosed, 'HEADERS behind the end', ended, frame(headers, 5, 1, plainGet)],
  [
    errorCode.streamClosed,
    'DATA on a stream that its client reset',
    open,
    frame(reset, 0, 1, u32(8)),
    frame(data, 0, 1, 'x'),
  ],
  [
    errorCode.streamClosed,
    'HEADERS on a stream that its client reset',
    open,
    frame(reset, 0, 1, u32(8)),
    ended,
  ],
  [
    errorCode.protocolError,
    'trailers without END_STREAM',
    open,
    frame(headers, endHeaders, 1, block(['x', 'y'])),
  ],
  [errorCode.protocolError, 'WINDOW_UPDATE by 0 on a stream', open, frame(update, 0, 1, u32(0))],
  [
    errorCode.protocolError,
    'a stream that depends on itself',
    open,
    frame(priority, 0, 1, Buffer.concat([u32(1), Buffer.from([1])])),
  ],
  [
    errorCode.protocolError,
    'HEADERS that depend on themselves',
    frame(headers, 5 | 32, 1, Buffer.concat([u32(1), Buffer.from([1]), plainGet])),
  ],
  [errorCode.frameSizeError, 'PRIORITY of 4 bytes', open, frame(priority, 0, 1, '1234')],
  [errorCode.flowControlError, 'a stream window above 2^31-1', open, frame(update, 0, 1, u32(0x7fff_ffff))],
]

describe('the session ends with GOAWAY', () => {
  for (const [code, name, ...frames] of connectionErrors) {
    test(`${errorName(code)} for ${name}`, () => {
      const engine = server()

      engine.push(...frames)

      assert.equal(engine.heard().at(-1), `fatal ${errorName(code)}`)
      assert.match(engine.said().at(-1) ?? '', new RegExp(`^goaway last \\d+ code ${code}$`))
      assert.equal(engine.session.dead, true)
    })
  }

  for (const [name, bytes] of [
    ['HTTP/1 text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    [
      'a preface with another frame behind it',
      Buffer.concat([Buffer.from(preface), frame(ping, 0, 0, '12345678')]),
    ],
    ['a preface with an ack behind it', Buffer.concat([Buffer.from(preface), frame(settings, 1, 0)])],
  ] as const) {
    test(`PROTOCOL_ERROR for ${name}`, () => {
      const engine = new Engine('server')

      engine.push(bytes)

      assert.deepEqual(engine.heard(), ['fatal PROTOCOL_ERROR'])
    })
  }

  test('and hears nothing after it', () => {
    const engine = server()

    engine.push(frame(ping, 0, 1, '12345678'), ended)

    assert.deepEqual(engine.heard(), ['fatal PROTOCOL_ERROR'])
  })
})

describe('the session resets a stream and goes on', () => {
  for (const [code, name, ...frames] of streamErrors) {
    test(`with ${errorName(code)} for ${name}`, () => {
      const engine = server()

      engine.push(...frames)
      engine.push(frame(headers, 5, 3, plainGet))

      assert.deepEqual(engine.said().at(-1), `resetStream 1 code ${code}`)
      assert.equal(engine.heard().at(-1), 'head 3 GET / ended')
      assert.equal(engine.session.streams.size, 1)
    })
  }

  for (const [name, declared, ...bodies] of [
    ['more DATA than announced', 3, frame(data, 0, 1, 'abcd')],
    ['less DATA than announced', 5, frame(data, 1, 1, 'abcd')],
    ['less DATA in several frames', 9, frame(data, 0, 1, 'abcd'), frame(data, 1, 1, 'abcd')],
    [
      'trailers before the body is complete',
      9,
      frame(data, 0, 1, 'abcd'),
      frame(headers, 5, 1, block(['x', 'y'])),
    ],
    ['no DATA where some was announced', 1, frame(data, 1, 1, '')],
  ] as const) {
    test(`for ${name}`, () => {
      const engine = server()
      engine.onRequest = (stream) => engine.session.expect(stream, declared)

      engine.push(open, ...bodies)

      assert.deepEqual(engine.heard(), ['head 1 GET / open', 'reset 1 PROTOCOL_ERROR by us'])
      assert.ok((engine.bodies.get(1) ?? '').length <= declared)
    })
  }

  test('before a head that depends on itself is told', () => {
    const engine = server()

    engine.push(frame(headers, 5 | 32, 1, Buffer.concat([u32(1), Buffer.from([1]), plainGet])))

    assert.deepEqual(engine.heard(), [])
    assert.equal(engine.session.streams.size, 0)
  })

  test('and forgives what was on its way when it did', () => {
    const engine = server()
    engine.push(open)
    const [stream] = engine.live
    assert.ok(stream !== undefined)

    engine.session.reset(stream, errorCode.cancel)
    engine.said()
    engine.push(
      frame(data, 0, 1, 'late'),
      frame(update, 0, 1, u32(5)),
      frame(headers, 5, 1, block(['x', 'y'])),
    )
    engine.push(frame(reset, 0, 1, u32(8)))

    assert.deepEqual(engine.said(), [])
    assert.deepEqual(engine.heard(), ['head 1 GET / open'])
  })

  test('and frees the window of the connection from what came on streams that are no more', () => {
    const engine = server({ connectionWindow: 131_072, streamWindow: 65_536 })
    const body = frame(data, 0, 1, Buffer.alloc(16_000))
    engine.push(open)
    const [stream] = engine.live
    assert.ok(stream !== undefined)
    engine.session.reset(stream, errorCode.cancel)
    engine.said()

    for (let i = 0; i < 100; i++) engine.push(body)

    assert.equal(engine.session.dead, false)
    assert.ok(engine.said().every((text) => text.startsWith('windowUpdate 0 by')))
  })
})

describe('windows for what the client sends', () => {
  test('are given back in large parts as bytes are used up', () => {
    const engine = server()
    engine.push(open)

    for (let i = 0; i < 3; i++) engine.push(frame(data, 0, 1, Buffer.alloc(16_000)))

    assert.deepEqual(engine.said(), ['windowUpdate 1 by 48000'])
  })

  test('are not given back while the adapter holds the bytes', () => {
    const engine = server()
    engine.credits = false
    engine.push(open)

    for (let i = 0; i < 4; i++) engine.push(frame(data, 0, 1, Buffer.alloc(16_384)))
    assert.deepEqual(engine.said(), [])
    engine.push(frame(data, 0, 1, 'x'))

    assert.deepEqual(engine.said(), ['resetStream 1 code 3'])
  })

  test('count padding, which is given back at once', () => {
    const engine = server()
    engine.credits = false
    engine.push(open)
    const mostlyPadding = Buffer.alloc(256)
    mostlyPadding[0] = 254

    for (let i = 0; i < 130; i++) engine.push(frame(data, padded, 1, mostlyPadding))

    assert.deepEqual(engine.said(), ['windowUpdate 1 by 32895'])
    assert.equal(engine.bodies.get(1)?.length, 130)
  })

  test('of the connection hold for all streams together', () => {
    const engine = server({ connectionWindow: 65_535 })
    engine.credits = false
    engine.push(open, frame(headers, 4, 3, plainGet))
    for (let i = 0; i < 3; i++) engine.push(frame(data, 0, 1, Buffer.alloc(16_384)))
    engine.push(frame(data, 0, 3, Buffer.alloc(16_383)))
    assert.equal(engine.session.dead, false)

    engine.push(frame(data, 0, 3, 'x'))

    assert.equal(engine.heard().at(-1), 'fatal FLOW_CONTROL_ERROR')
  })
})
