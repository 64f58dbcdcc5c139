import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { clientFrame, endpointFrame } from '../../src/proxy/upgrade/frames.ts'
import { ask } from '../support/ask.ts'
import { type ExtendedGateway, extended } from '../support/extended-gateway.ts'
import { answer } from '../support/origin.ts'
import { RawClient, until, within } from '../support/raw-client.ts'
import { answering, type ExtensionScript, later, passing } from '../support/scripted-extensions.ts'
import { closed, EchoServer, echo, handshake, openWebsocket } from '../support/websocket.ts'

interface Echoing extends ExtendedGateway {
  readonly echoes: EchoServer
}

/** Websockets through extensions to a server that sends everything back. */
async function echoing(script: ExtensionScript, upgrade: object = {}): Promise<Echoing> {
  const echoes = await EchoServer.start()
  const g = await extended({
    script,
    route: { to: 'echoes', upgrade },
    clusters: { echoes: { endpoints: [echoes.address] } },
  })
  return Object.assign(Object.create(g) as ExtendedGateway, {
    echoes,
    async [Symbol.asyncDispose]() {
      await g[Symbol.asyncDispose]()
      await echoes[Symbol.asyncDispose]()
    },
  })
}

for (const [how, script] of [
  ['at once', passing()],
  ['a turn later', later(passing())],
] as const) {
  describe(`websockets through extensions ${how}`, () => {
    test('carry messages both ways, and close with their code', async () => {
      await using g = await echoing(script)
      const socket = await openWebsocket(g.port)
      const large = randomBytes(1_000_000)

      const small = await echo(socket, 'over the tunnel')
      const back = await echo(socket, large)
      const open = g.gateway.gateway.counts().tunnels
      socket.close(4001)

      assert.deepEqual([String(small), back.equals(large), open], ['over the tunnel', true, 1])
      assert.equal(await closed(socket), 4001)
      const { status, reason, attempts, cluster } = await g.gateway.outcome()
      assert.deepEqual([status, reason, attempts, cluster], [101, undefined, 1, 'echoes'])
      assert.deepEqual([g.gateway.outcomes.length, g.gateway.gateway.counts().tunnels], [1, 0])
    })

    test('end with a client that is gone', async () => {
      await using g = await echoing(script)
      const socket = await openWebsocket(g.port)
      await echo(socket, 'one')

      socket.terminate()

      await g.gateway.outcome()
      await until(() => g.echoes.sockets[0]?.readyState === 3, 'the endpoint knows')
      assert.equal(g.gateway.gateway.counts().requests, 0)
    })

    test('end with an endpoint that is gone', async () => {
      await using g = await echoing(script)
      const socket = await openWebsocket(g.port)
      await echo(socket, 'one')

      for (const far of g.echoes.sockets) far.terminate()

      assert.equal(await closed(socket), 1006)
      await g.gateway.outcome()
      assert.equal(g.gateway.gateway.counts().requests, 0)
    })

    test('end when the route says so', async () => {
      await using g = await echoing(script, { idle: '100ms' })
      const socket = await openWebsocket(g.port)

      assert.equal(await closed(socket), 1001)
      assert.equal((await g.gateway.outcome()).reason, 'tunnel_idle')
    })
  })
}

describe('an upgrade', () => {
  test('may be refused by the endpoint', async () => {
    await using g = await extended({ script: later(passing()) })
    g.origin.script = { onRequest: () => answer(403, 'no') }

    const got = await ask(g.port, handshake())

    assert.deepEqual([got.status, got.body], [403, 'no'])
    assert.equal((await g.gateway.outcome()).attempts, 1)
  })

  test('may be refused by the extensions', async () => {
    await using g = await extended({ script: answering(401, 'who?') })

    const got = await ask(g.port, handshake())

    assert.deepEqual([got.status, got.body, g.origin.requests.length], [401, 'who?', 0])
  })

  test('is not agreed to with a wrong answer', async () => {
    const script: ExtensionScript = (_request, events) => {
      events.head(101, 'upgrade: websocket\r\nsec-websocket-accept: wrong\r\n', -1)
      return { data: () => true, end: () => {}, drained: () => {}, abort: () => {} }
    }
    await using g = await extended({ script })

    const got = await ask(g.port, handshake())

    assert.equal(got.status, 502)
    assert.equal((await g.gateway.outcome()).reason, 'upstream_bad_response')
  })

  test('is refused where extensions carry none', async () => {
    await using g = await extended({ upgrades: 'refused' })
    using client = await RawClient.connect(g.port)

    client.send(handshake())
    await client.response(0)

    const { status, reason } = await g.gateway.outcome()
    assert.deepEqual([status, reason], [501, 'extension_protocol'])
    assert.equal(g.extensions.requests.length, 0)
  })

  test('does not come of a request that asked for none', async () => {
    const script = passing({
      request: (request) => ({ ...request, fields: `${request.fields}upgrade: websocket\r\n` }),
    })
    await using g = await extended({ script })

    const got = await ask(g.port, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n')

    assert.equal(got.status, 200)
    assert.ok(!g.origin.requests[0]?.head.toLowerCase().includes('upgrade'))
  })
})

describe('HTTP/2 on either side of a websocket through extensions', () => {
  test('a client of HTTP/2', async () => {
    await using g = await echoing(later(passing()))
    const session = connect(`http://127.0.0.1:${g.port}`)
    await once(session, 'remoteSettings')
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/ws',
      ':authority': 'a.test',
      'sec-websocket-version': '13',
    })

    const [headers] = (await within(once(stream, 'response'), 'the answer')) as [Record<string, unknown>]
    stream.write(clientFrame(1, Buffer.from('hello')))
    const [back] = (await within(once(stream, 'data'), 'an echo')) as [Buffer]
    session.destroy()

    assert.equal(headers[':status'], 200)
    assert.deepEqual(back, endpointFrame(1, Buffer.from('hello')))
    const { status, protocol, attempts } = await g.gateway.outcome()
    assert.deepEqual([status, protocol, attempts], [200, 'HTTP/2', 1])
  })

  test('an endpoint of HTTP/2', async () => {
    const server = createServer({ settings: { enableConnectProtocol: true } })
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {})
      stream.respond({ ':status': 200 })
      stream.pipe(stream)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await using g = await extended({
      script: later(passing()),
      route: { to: 'h2' },
      clusters: { h2: { endpoints: [address], protocol: 'h2' } },
    })
    using client = await RawClient.connect(g.port)

    client.send(handshake())
    await until(() => client.received.includes('\r\n\r\n'), 'the answer is there')
    client.send('bytes as they are')
    await until(() => client.received.includes('bytes as they are'), 'they come back')
    server.close()

    assert.match(client.received.toString('latin1'), /^HTTP\/1\.1 101 [^]*\r\nsec-websocket-accept: /)
  })
})
