import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { frameType } from '../../src/wire/h2/protocol.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { block, frame, settingsPayload, u32 } from '../support/h2-frames.ts'
import type { H2OriginStream, H2Script } from '../support/h2-origin.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { bodyText, type Field, values } from '../support/message-reader.ts'
import { RawClient, until } from '../support/raw-client.ts'

// Catalogue 2.12 for endpoints that speak HTTP/2: what a broken or hostile one sends. A fault of a stream costs that stream, a fault
// of the connection ends it; in no case does a client take what it gets for complete. RFC 9113 §8.1.1, §5.4.

const get = 'GET /t HTTP/1.1\r\nHost: a.test\r\n\r\n'

interface Row {
  readonly id: string
  readonly what: string
  readonly answer: (stream: H2OriginStream) => void
  /** What the client sees: a status, or the end of its connection. */
  readonly status: number | 'broken'
  readonly reason: string | undefined
  /** Whether the connection to the origin may carry other requests. */
  readonly connection: 'goes on' | 'ends'
}

function head(id: string, what: string, fields: readonly Field[], status: string | number = 200): Row {
  return {
    id,
    what,
    answer: (stream) => stream.head(status, fields).body('hello'),
    status: 502,
    reason: 'upstream_bad_response',
    connection: 'goes on',
  }
}

function accepted(id: string, what: string, answer: Row['answer']): Row {
  return { id, what, answer, status: 200, reason: undefined, connection: 'goes on' }
}

function broken(id: string, what: string, answer: Row['answer'], reason = 'upstream_incomplete'): Row {
  return { id, what, answer, status: 'broken', reason, connection: 'goes on' }
}

function fatal(id: string, what: string, answer: Row['answer']): Row {
  return { id, what, answer, status: 502, reason: 'upstream_bad_response', connection: 'ends' }
}

const raw =
  (type: number, flags: number, payload: Buffer | string, on?: number): Row['answer'] =>
  ({ id, connection }) =>
    connection.send(frame(type, flags, on ?? id, payload))

const many = (count: number, name: string, value: string): Field[] =>
  Array.from({ length: count }, (_, i): Field => [`${name}-${i}`, value])

const rows: readonly Row[] = [
  head('R01', 'transfer-encoding', [['transfer-encoding', 'chunked']]),
  head('R02', 'content-length twice', [
    ['content-length', '5'],
    ['content-length', '5'],
  ]),
  ...['-5', '+5', '5, 5', '0x5', '', '5 5'].map((length) =>
    head('R02', `content-length "${length}"`, [['content-length', length]]),
  ),
  ...['a\nb', 'a\r\nb: c', 'a\0b', 'a\x01b', ' a', 'a '].map((value) =>
    head('R02', `the value ${JSON.stringify(value)}`, [['x-a', value]]),
  ),
  ...['X-A', 'x a', 'x:a', '', 'x\0a', 'é'].map((name) =>
    head('R02', `the name ${JSON.stringify(name)}`, [[name, 'v']]),
  ),
  ...['000', '99', '999', '600', '1000', '2xx', '-200', '20', ''].map((status) =>
    head('R04', `the status "${status}"`, [], status),
  ),
  {
    ...head('R04', 'no status', []),
    answer: (stream) => stream.fields([['x-a', 'b']], 'open').body('hello'),
  },
  head('R05', 'a pseudo field of requests', [[':path', '/']]),
  head('R05', 'a pseudo field nobody knows', [[':version', '2']]),
  {
    ...head('R05', 'a pseudo field behind others', []),
    answer: (s) =>
      s.fields(
        [
          ['x-a', 'b'],
          [':status', '200'],
        ],
        'open',
      ),
  },
  head('R06', '101', [], 101),
  {
    ...head('R06', '11 times 103, then 200', []),
    answer: (stream) => {
      for (let i = 0; i < 11; i++) stream.head(103)
      stream.head(200).body('hello')
    },
  },
  accepted('R06', '10 times 103, then 200', (stream) => {
    for (let i = 0; i < 10; i++) stream.head(103)
    stream.head(200).body('hello')
  }),
  { ...head('R06', 'a 1xx that ends the stream', []), answer: (stream) => stream.head(103, [], 'end') },
  accepted('R07', 'DATA behind the end', (stream) => stream.head(200).body('hello').body('more')),
  {
    ...accepted('R07', 'a second head behind the end', (stream) =>
      stream.head(200).body('hello').head(200, [], 'end'),
    ),
    connection: 'ends',
  },
  broken('R09', 'less than content-length', (stream) =>
    stream.head(200, [['content-length', '9']]).body('hello'),
  ),
  broken('R09', 'more than content-length', (stream) =>
    stream.head(200, [['content-length', '3']]).body('hello'),
  ),
  broken('R09', 'a reset in the middle', (stream) => stream.head(200).body('hel', 'open').reset(8)),
  broken('R09', 'a closed connection in the middle', (stream) => {
    stream.head(200).body('hel', 'open')
    stream.connection.socket.end()
  }),
  {
    ...head('R09', 'a length and no body', []),
    answer: (stream) => stream.head(200, [['content-length', '5']], 'end'),
  },
  { ...head('R11', '201 fields', many(201, 'x', 'v')), reason: 'upstream_head_too_large' },
  {
    ...head('R11', 'a head of 33 KiB', []),
    reason: 'upstream_head_too_large',
    answer: ({ id, connection }) => {
      const fields = block([':status', '200'], ...many(39, 'x', 'v'.repeat(806)))
      connection.send(frame(frameType.headers, 0, id, fields.subarray(0, 16_000)))
      connection.send(frame(frameType.continuation, 4, id, fields.subarray(16_000)))
    },
  },
  accepted('R13', 'set-cookie twice', (s) =>
    s
      .head(200, [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ])
      .body('hello'),
  ),
  head('R14', 'connection', [
    ['connection', 'x-secret'],
    ['x-secret', '1'],
  ]),
  head('R14', 'keep-alive', [['keep-alive', 'timeout=5']]),
  head('R15', 'a location with CRLF', [['location', '/\r\nset-cookie: a=b']]),
  broken(
    'Y01',
    'trailers with a pseudo field',
    (s) =>
      s
        .head(200)
        .body('hello', 'open')
        .trailers([[':status', '200']]),
    'upstream_bad_response',
  ),
  broken(
    'Y01',
    'trailers with content-length',
    (s) =>
      s
        .head(200)
        .body('hello', 'open')
        .trailers([['content-length', '5']]),
    'upstream_bad_response',
  ),
  broken('Y01', 'trailers that do not end the stream', (s) =>
    s
      .head(200)
      .body('hello', 'open')
      .fields([['x-a', 'b']], 'open'),
  ),
  accepted('Y01', 'trailers with routing fields', (stream) =>
    stream
      .head(200)
      .body('hello', 'open')
      .trailers([['host', 'b.test']]),
  ),
  { ...head('Y02', 'DATA before the head', []), answer: (stream) => stream.body('hello') },
  fatal(
    'Y03',
    'PUSH_PROMISE',
    raw(frameType.pushPromise, 4, Buffer.concat([u32(2), block([':method', 'GET'])])),
  ),
  fatal(
    'Y03',
    'HEADERS on a stream that nobody opened',
    raw(frameType.headers, 5, block([':status', '200']), 99),
  ),
  fatal('Y03', 'HEADERS on an even stream', raw(frameType.headers, 5, block([':status', '200']), 2)),
  fatal('Y03', 'DATA on stream 0', raw(frameType.data, 1, 'x', 0)),
  fatal(
    'Y03',
    'an index that the table does not have',
    raw(frameType.headers, 5, Buffer.from([0xff, 0xff, 0x7f])),
  ),
  fatal('Y03', 'SETTINGS of five bytes', raw(frameType.settings, 0, 'abcde', 0)),
  fatal('Y03', 'ENABLE_PUSH', raw(frameType.settings, 0, settingsPayload([2, 1]), 0)),
  fatal('Y03', 'a window that overflows', raw(frameType.windowUpdate, 0, u32(0x7fff_ffff), 0)),
  fatal('Y03', 'CONTINUATION of nothing', raw(frameType.continuation, 4, '')),
  fatal('Y03', 'HTTP/1.1', ({ connection }) =>
    connection.send(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  ),
  fatal('Y04', 'a head without end', ({ id, connection }) => {
    connection.send(frame(frameType.headers, 0, id, block([':status', '200'])))
    for (let i = 0; i < 20; i++)
      connection.send(frame(frameType.continuation, 0, id, block(['x-a', 'v'.repeat(4000)])))
  }),
  fatal('Y04', '10,000 pings', ({ connection }) => {
    for (let i = 0; i < 10_000; i++) connection.send(frame(frameType.ping, 0, 0, '12345678'))
  }),
  fatal('Y04', '10,000 SETTINGS', ({ connection }) => {
    for (let i = 0; i < 10_000; i++) connection.send(frame(frameType.settings, 0, 0))
  }),
  {
    ...broken('Y04', '10,000 empty DATA frames', (stream) => {
      stream.head(200)
      for (let i = 0; i < 10_000; i++) stream.connection.send(frame(frameType.data, 0, stream.id))
    }),
    connection: 'ends',
  },
]

describe('an endpoint of HTTP/2 that sends', () => {
  for (const row of rows) {
    test(`${row.id} ${row.what}: ${row.status}`, async () => {
      await using stage = await h2Stage({
        script: {
          onRequest: ({ stream, list }) => {
            if (list.path === '/t') row.answer(stream)
            else stream.head(200).body('fine')
          },
        },
      })
      using client = await RawClient.connect(stage.port)
      client.send(get)

      const seen = row.status === 'broken' ? await client.ended() : (await client.response()).startLine
      using other = await RawClient.connect(stage.port)
      other.send('GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n')
      const next = bodyText(await other.response())

      const outcome = await stage.gateway.outcome()
      assert.match(seen, row.status === 'broken' ? /reset|fin/ : new RegExp(`^HTTP/1.1 ${row.status} `))
      if (row.status === 'broken') assert.deepEqual(client.responses, [])
      assert.deepEqual([outcome.reason, outcome.attempts, next], [row.reason, 1, 'fine'])
      const isClosed = row.connection === 'ends' || row.what.startsWith('a closed')
      assert.equal(stage.origin.connections.length, isClosed ? 2 : 1)
      assert.equal(stage.origin.requests.length, 2)
    })
  }

  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const) {
    test(`R08 bytes for ${method} with ${status}: answered without them`, async () => {
      await using stage = await h2Stage({
        script: { onRequest: ({ stream }) => stream.head(status).body('hello') },
      })
      using client = await RawClient.connect(stage.port)
      client.expect(method, method)

      client.send(`${method} / HTTP/1.1\r\nHost: a.test\r\n\r\n`.repeat(2))
      const second = await client.response(1)

      assert.deepEqual([second.startLine.split(' ')[1], bodyText(second)], [String(status), ''])
    })
  }

  test('R12 nothing, and closes: 502', async () => {
    const silent: H2Script = { onConnection: ({ socket }) => socket.destroy() }
    await using stage = await h2Stage({ script: silent })
    using client = await RawClient.connect(stage.port)

    client.send(get)

    assert.match((await client.response()).startLine, / 502 /)
  })

  test('R12 HTTP/1.1 at once: 502', async () => {
    await using stage = await h2Stage({
      script: { onConnection: ({ socket }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
    })
    using client = await RawClient.connect(stage.port)

    client.send(get)

    assert.match((await client.response()).startLine, / 502 /)
    assert.equal((await stage.gateway.outcome()).reason, 'upstream_bad_response')
  })

  test('R16 an answer before the request is complete: answered, and the upload stops', async () => {
    await using stage = await h2Stage({ script: { onHead: ({ stream }) => stream.head(401).body('no') } })
    using client = await H2Client.connect(stage.port)

    const id = client.id()
    client.head(id, pseudo('POST'), 'open').body(id, 'some', 'open')
    const response = await client.response(id)
    await until(() => stage.origin.requests[0]?.reset !== undefined, 'the upload is stopped')

    assert.deepEqual([response.status, h2Body(response)], [401, 'no'])
  })

  test('R13 both cookies reach the client in order', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream }) =>
          stream.head(
            200,
            [
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ],
            'end',
          ),
      },
    })
    using client = await RawClient.connect(stage.port)

    client.send(get)

    assert.deepEqual(values((await client.response()).fields, 'set-cookie'), ['a=1', 'b=2'])
  })
})
