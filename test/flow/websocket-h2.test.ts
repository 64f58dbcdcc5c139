import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, afterEach, describe, test } from 'node:test'
import { Sender } from 'ws'
import { startGateway } from '../support/gateway.ts'
import { until, within } from '../support/raw-client.ts'
import { headOf } from '../support/raw-tunnel.ts'
import { TcpPeer } from '../support/tcp-peer.ts'
import { closed, EchoServer, echo, handshake, openWebsocket, sampleAccept } from '../support/websocket.ts'

/** An HTTP/2 server of others that answers extended CONNECT with an echo of bytes. */
async function startHttp2(extendedConnect: boolean) {
  const server = createServer({ settings: { enableConnectProtocol: extendedConnect } })
  const asked: IncomingHttpHeaders[] = []
  const streams: ServerHttp2Stream[] = []
  server.on('stream', (opened, headers) => {
    const stream = opened as ServerHttp2Stream
    stream.on('error', () => {})
    asked.push(headers)
    streams.push(stream)
    if (headers[':path'] === '/no') return stream.respond({ ':status': 403 }, { endStream: true })
    stream.respond({ ':status': 200 })
    return stream.pipe(stream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, asked, streams, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const echoes = await EchoServer.start()
const able = await startHttp2(true)
const unable = await startHttp2(false)
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    { path: '/h1', to: 'h1' },
    { path: '/no', to: 'able' },
    { path: '/able', to: 'able' },
    { path: '/unable', to: 'unable' },
    { path: '/none', to: 'h1', upgrade: { protocols: [] } },
    { path: '/own', filters: [{ respond: { status: 200, body: 'own' } }] },
    { path: '/shop', to: 'h1', upgrade: { origins: ['https://shop.test'] } },
  ],
  clusters: {
    h1: { endpoints: [echoes.address] },
    able: { endpoints: [able.address], protocol: 'h2' },
    unable: { endpoints: [unable.address], protocol: 'h2' },
  },
})
const port = gateway.port()
const sessions: ClientHttp2Session[] = []

after(async () => {
  await gateway[Symbol.asyncDispose]()
  await echoes[Symbol.asyncDispose]()
  able.server.close()
  unable.server.close()
})
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy()
  await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
  able.asked.length = 0
  able.streams.length = 0
  gateway.outcomes.length = 0
})

/** A stream of HTTP/2 with what came on it. */
interface Stream {
  readonly stream: ClientHttp2Stream
  readonly headers: IncomingHttpHeaders
  readonly bytes: () => Buffer
  readonly heard: () => number
}

/** Asks for a websocket by extended CONNECT. */
async function ask(path: string, fields: Record<string, string> = {}): Promise<Stream> {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  sessions.push(session)
  await within(once(session, 'remoteSettings'), 'the settings')
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': path,
    'sec-websocket-version': '13',
    ...fields,
  })
  const pieces: Buffer[] = []
  stream.on('error', () => {})
  stream.on('data', (data: Buffer) => pieces.push(data))
  const [headers] = (await within(once(stream, 'response'), 'an answer')) as [IncomingHttpHeaders]
  const heard = () => pieces.reduce((sum, { length }) => sum + length, 0)
  return { stream, headers, bytes: () => Buffer.concat(pieces), heard }
}

/** A masked text frame. */
function frame(text: string): Buffer {
  const options = { fin: true, rsv1: false, opcode: 1, mask: true, readOnly: true }
  return Buffer.concat(Sender.frame(Buffer.from(text), options))
}

describe('a websocket over HTTP/2', () => {
  test('reaches an endpoint of HTTP/1.1, with a key of the gateway', async () => {
    const { stream, headers, bytes } = await ask('/h1')

    stream.write(frame('hello'))
    await until(() => bytes().length === 7, 'the echo is heard')
    stream.close()
    const outcome = await gateway.outcome()

    assert.deepEqual([headers[':status'], bytes().toString('latin1', 2)], [200, 'hello'])
    assert.deepEqual(
      ['sec-websocket-accept', 'upgrade', 'connection'].map((name) => headers[name]),
      [undefined, undefined, undefined],
    )
    assert.deepEqual([outcome.protocol, outcome.status], ['HTTP/2', 200])
  })

  test('reaches an endpoint of HTTP/2 as an extended CONNECT', async () => {
    const { stream, headers, bytes } = await ask('/able', { 'sec-websocket-protocol': 'chat' })

    stream.write('any bytes')
    await until(() => bytes().length === 9, 'the echo is heard')
    stream.close()

    const [asked] = able.asked
    assert.deepEqual(
      [headers[':status'], asked?.[':method'], asked?.[':protocol'], asked?.[':path'], asked?.[':scheme']],
      [200, 'CONNECT', 'websocket', '/able', 'http'],
    )
    assert.deepEqual(
      ['version', 'protocol', 'key'].map((name) => asked?.[`sec-websocket-${name}`]),
      ['13', 'chat', undefined],
    )
  })

  test('ends in both directions one after the other', async () => {
    const { stream, bytes } = await ask('/able')
    const [endpoint] = able.streams
    endpoint?.unpipe(endpoint)

    endpoint?.resume()
    stream.end('last of the client')
    await within(once(endpoint as ServerHttp2Stream, 'end'), 'the end at the endpoint')
    endpoint?.end('last of the endpoint')
    await within(once(stream, 'end'), 'the end at the client')
    const outcome = await gateway.outcome()

    assert.deepEqual([String(bytes()), outcome.reason], ['last of the endpoint', undefined])
    assert.deepEqual([outcome.requestBytes, outcome.responseBytes], [18, 20])
  })

  test('is reset when the endpoint resets', async () => {
    const { stream } = await ask('/able')

    able.streams[0]?.close(8)
    await until(() => stream.closed, 'the stream closes')

    assert.notEqual(stream.rstCode, 0)
    assert.equal((await gateway.outcome()).reason, 'upstream_incomplete')
  })

  test('is reset at the endpoint when the client leaves', async () => {
    const { stream } = await ask('/able')
    const gone = once(able.streams[0] as ServerHttp2Stream, 'close')

    stream.close(8)
    await within(gone, 'the stream at the endpoint closes')

    assert.equal((await gateway.outcome()).reason, 'client_closed')
  })

  test('holds the endpoint back while the client does not read', async () => {
    const { stream, heard } = await ask('/able')
    const [endpoint] = able.streams
    endpoint?.unpipe(endpoint)
    stream.pause()
    let written = 0
    for (let i = 0; i < 64; i++) endpoint?.write(Buffer.alloc(1024 * 1024), () => written++)

    let same = 0
    let last = -1
    await until(() => {
      same = written === last ? same + 1 : 0
      last = written
      return same > 30
    }, 'it stands still')
    const stuck = written
    stream.resume()
    await until(() => heard() === 64 * 1024 * 1024, 'all has come')

    assert.ok(stuck < 32, `${stuck} of 64 MiB were taken`)
  })

  for (const [what, path, fields, expected] of [
    ['is refused where the route lets nothing leave', '/none', {}, 501],
    ['is refused where the route answers by itself', '/own', {}, 501],
    ['is refused from another origin', '/shop', { origin: 'https://evil.test' }, 403],
    ['of another version is refused', '/h1', { 'sec-websocket-version': '12' }, 426],
    ['is refused as the endpoint refuses it', '/no', {}, 403],
    ['U10 fails where the endpoint takes no extended CONNECT', '/unable', {}, 502],
  ] as const) {
    test(what, async () => {
      const { headers } = await ask(path, fields)

      assert.equal(headers[':status'], expected)
    })
  }

  test('for another protocol is refused', async () => {
    const { headers } = await ask('/h1', { ':protocol': 'connect-udp' })

    assert.equal(headers[':status'], 501)
  })
})

describe('a websocket over HTTP/1.1', () => {
  test('reaches an endpoint of HTTP/2, and its client gets the accept of its key', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/able'))
    const head = await headOf(client)

    client.send('bytes')
    await until(() => client.text.endsWith('bytes'), 'the echo is heard')

    assert.match(head, /^HTTP\/1.1 101 /)
    assert.match(head, new RegExp(`\r\nsec-websocket-accept: ${sampleAccept.replaceAll('+', '\\+')}\r\n`))
    assert.deepEqual(
      [able.asked[0]?.[':protocol'], able.asked[0]?.['sec-websocket-key']],
      ['websocket', undefined],
    )
  })

  test('U10 fails where the endpoint takes no extended CONNECT', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/unable'))

    assert.match(await headOf(client), /^HTTP\/1.1 502 /)
  })

  test('is closed with 1001 on a drain like the others, and so is one over HTTP/2', async () => {
    const own = await startGateway({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ to: 'h1' }],
      clusters: { h1: { endpoints: [echoes.address] } },
    })
    const socket = await openWebsocket(own.port())
    await echo(socket, 'open')
    const session = connect(`http://127.0.0.1:${own.port()}`)
    session.on('error', () => {})
    await once(session, 'remoteSettings')
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/',
      'sec-websocket-version': '13',
    })
    const pieces: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (data: Buffer) => {
      pieces.push(data)
      stream.end(Buffer.from('888200000000 03e9'.replace(' ', ''), 'hex'))
    })
    await once(stream, 'response')

    const code = closed(socket)
    await own.gateway.drain({ delayMs: 0, timeoutMs: 10_000, websocketsMs: 0 })
    session.destroy()

    assert.deepEqual([await code, Buffer.concat(pieces).toString('hex', 0, 4)], [1001, '880203e9'])
    await own[Symbol.asyncDispose]()
  })
})
