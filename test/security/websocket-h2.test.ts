import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { frameType } from '../../src/wire/h2/protocol.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { type Field, value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'
import { agreement } from '../support/websocket.ts'

// Catalogue 2.6, U10 and U11: websockets by extended CONNECT. RFC 8441.

const stage = await plainGateway()
const { gateway, origin, port } = stage
const accept = 'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
const change = 'upgrade: websocket\r\nconnection: upgrade\r\n'

function connectTo(path: string, ...more: Field[]): Field[] {
  return [...pseudo('CONNECT', path), [':protocol', 'websocket'], ['sec-websocket-version', '13'], ...more]
}

after(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  origin.script = { onRequest: (request) => agreement(request) }
  origin.forget()
})
afterEach(() => until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over'))

describe('an extended CONNECT', () => {
  test('U10 is announced as allowed', async () => {
    using client = await H2Client.connect(port)

    await until(() => client.frames.some(({ type }) => type === frameType.settings), 'the settings come')
    const settings = client.frames.find(({ type }) => type === frameType.settings)?.payload ?? Buffer.alloc(0)
    const pairs = Array.from({ length: settings.length / 6 }, (_, i) => [
      settings.readUInt16BE(i * 6),
      settings.readUInt32BE(i * 6 + 2),
    ])

    assert.deepEqual(
      pairs.filter(([id]) => id === 8),
      [[8, 1]],
    )
  })

  test('U10 reaches an endpoint of HTTP/1.1 as an upgrade with a key of the gateway, each time another', async () => {
    const keys = new Set<string | undefined>()
    for (const path of ['/a', '/b']) {
      using client = await H2Client.connect(port)
      const id = client.id()
      client.head(id, connectTo(path, ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA==']), 'open')
      await until(() => client.answer(id).status === 200, 'the tunnel opens')
      keys.add(value(origin.requests.at(-1) as never, 'sec-websocket-key'))
    }

    const [request] = origin.requests
    assert.deepEqual(
      [
        request?.method,
        request?.target,
        ...['upgrade', 'connection'].map((name) => value(request as never, name)),
      ],
      ['GET', '/a', 'websocket', 'upgrade'],
    )
    assert.equal(keys.size, 2)
    for (const key of keys) assert.match(key ?? '', /^(?!A{22})[A-Za-z0-9+/]{22}==$/)
  })

  for (const [what, text, status] of [
    ['a wrong accept', `HTTP/1.1 101 S\r\n${change}${accept}\r\n`, 502],
    ['no accept', `HTTP/1.1 101 S\r\n${change}\r\n`, 502],
    ['a 200, which its client would take for a yes', answer(200, 'no'), 502],
    ['a 204', 'HTTP/1.1 204 N\r\n\r\n', 502],
    ['a 403', answer(403, 'no'), 403],
    ['a 426', answer(426, 'no'), 426],
  ] as const) {
    test(`U10 answered by ${what} gets ${status}, and early bytes go nowhere`, async () => {
      origin.script = { onRequest: () => text }
      using client = await H2Client.connect(port)
      const id = client.id()

      client.head(id, connectTo('/ws'), 'open').body(id, 'GET /smug HTTP/1.1\r\n\r\n', 'open')
      await until(() => client.answer(id).status > 0, 'an answer comes')

      assert.equal(client.answer(id).status, status)
      assert.deepEqual(
        origin.requests.map(({ target }) => target),
        ['/ws'],
      )
    })
  }

  test('U10 holds early bytes until the tunnel is open, and then sends them', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = { onRequest: (request) => [gate.promise, agreement(request)] }
    using client = await H2Client.connect(port)
    const id = client.id()
    client.head(id, connectTo('/ws'), 'open').body(id, 'early', 'open')
    await until(() => origin.requests.length === 1, 'the endpoint is asked')
    const sent = () => Buffer.concat(origin.connections.at(-1)?.pieces ?? []).toString('latin1')
    const before = sent()

    gate.resolve()
    await until(() => sent().endsWith('early'), 'the bytes are heard')

    assert.match(before, /\r\n\r\n$/)
  })

  const rows: readonly (readonly [what: string, fields: readonly Field[]])[] = [
    ['GET with :protocol', [...pseudo('GET', '/'), [':protocol', 'websocket']]],
    ['CONNECT with a path and no :protocol', pseudo('CONNECT', '/')],
    ['CONNECT with :protocol and no path', connectTo('/').filter(([name]) => name !== ':path')],
    ['CONNECT with :protocol and no scheme', connectTo('/').filter(([name]) => name !== ':scheme')],
    [
      'CONNECT with two :protocol',
      [...pseudo('CONNECT', '/'), [':protocol', 'websocket'], [':protocol', 'x']],
    ],
  ]
  for (const [what, fields] of rows) {
    test(`U11 ${what} is reset, and reaches nobody`, async () => {
      using client = await H2Client.connect(port)
      const id = client.id()

      client.head(id, fields, 'end')
      await until(() => client.answer(id).reset !== undefined, 'the reset comes')

      assert.deepEqual([client.answer(id).reset, origin.requests.length], ['PROTOCOL_ERROR', 0])
    })
  }
})
