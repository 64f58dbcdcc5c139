import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, afterEach, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { until } from '../support/raw-client.ts'
import { agreementTo, headOf, openRawTunnel } from '../support/raw-tunnel.ts'
import { refusingAddress, TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'
import { closed, EchoServer, echo, handshake, openWebsocket } from '../support/websocket.ts'

const echoes = await EchoServer.start({
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
})
const raw = await TcpOrigin.start()
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    { to: 'echoes' },
    { path: '/half', to: 'half' },
    { hosts: ['a.test'], to: 'raw' },
    { hosts: ['a.test'], path: '/buffered', to: 'raw', body: { buffer: '64KiB' } },
  ],
  clusters: {
    echoes: { endpoints: [echoes.address] },
    raw: { endpoints: [raw.address] },
    half: { endpoints: [await refusingAddress(), echoes.address] },
  },
})
const port = gateway.port()

after(async () => {
  await gateway[Symbol.asyncDispose]()
  await echoes[Symbol.asyncDispose]()
  await raw[Symbol.asyncDispose]()
})
afterEach(async () => {
  raw.forget()
  await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
})

/** The next outcome of a tunnel. */
async function ended(index: number) {
  return gateway.outcome(index)
}

describe('a websocket', () => {
  test('carries messages both ways and closes with its own code', async () => {
    const index = gateway.outcomes.length
    const socket = await openWebsocket(port)

    const back = await echo(socket, 'over the tunnel')
    socket.close(4001)
    const code = await closed(socket)
    const outcome = await ended(index)

    assert.deepEqual([String(back), code], ['over the tunnel', 4001])
    assert.deepEqual([outcome.status, outcome.reason, outcome.attempts], [101, undefined, 1])
    assert.ok(outcome.requestBytes > 15 && outcome.responseBytes > 15)
  })

  test('keeps the subprotocol and the extensions that both ends agreed on', async () => {
    const socket = await openWebsocket(port, { protocols: ['chat'], perMessageDeflate: true })
    const text = 'so compressible '.repeat(5000)

    const back = await echo(socket, text)
    socket.terminate()

    assert.deepEqual([socket.protocol, socket.extensions !== '', String(back) === text], ['chat', true, true])
  })

  test('carries large messages unchanged, many at a time', async () => {
    const sockets = await Promise.all(Array.from({ length: 4 }, () => openWebsocket(port)))
    const messages = sockets.map((_, i) => randomBytes(1_000_000 + i))

    const back = await Promise.all(sockets.map((socket, i) => echo(socket, messages[i] as Buffer)))
    for (const socket of sockets) socket.terminate()

    assert.deepEqual(
      back.map((data, i) => data.equals(messages[i] as Buffer)),
      [true, true, true, true],
    )
  })

  test('opens at another endpoint when one refuses the connection', async () => {
    const sockets = await Promise.all(Array.from({ length: 6 }, () => openWebsocket(port, { path: '/half' })))
    const back = await Promise.all(sockets.map((socket) => echo(socket, 'here')))
    for (const socket of sockets) socket.terminate()

    assert.deepEqual(new Set(back.map(String)), new Set(['here']))
  })

  test('leaves nothing behind for the plain request that comes next', async () => {
    const socket = await openWebsocket(port)
    socket.terminate()
    await until(() => openNow() === 0, 'it is over')
    const answers = Array.from({ length: 3 }, () => ask(port, getRequest('/plain', '', 'b.test')))

    const statuses = (await Promise.all(answers)).map(({ status }) => status)

    // What ws says to a request that is no handshake.
    assert.deepEqual(statuses, [426, 426, 426])
    assert.deepEqual(
      gateway.outcomes.slice(-3).map(({ host, path, status }) => [host, path, status]),
      Array.from({ length: 3 }, () => ['b.test', '/plain', 426]),
    )
  })

  test('is counted while it is open', async () => {
    const socket = await openWebsocket(port)
    const during = openNow()

    socket.close()
    await until(() => openNow() === 0, 'it is counted off')

    assert.equal(during, 1)
  })
})

describe('a tunnel', () => {
  test('passes any bytes, be they frames or not', async () => {
    using tunnel = await openRawTunnel(port, raw)
    const illegal = Buffer.from('ff80ffffffffffffffffdeadbeef000102', 'hex')

    tunnel.client.send(illegal)
    tunnel.endpoint.send(illegal)
    await until(() => tunnel.clientText().length === 17 && tunnel.endpointText().length === 17, 'both heard')

    assert.deepEqual(
      [Buffer.from(tunnel.clientText(), 'latin1'), Buffer.from(tunnel.endpointText(), 'latin1')],
      [illegal, illegal],
    )
  })

  test('passes 32 MB of random bytes both ways at once, unchanged', async () => {
    using tunnel = await openRawTunnel(port, raw)
    const { client, endpoint } = tunnel
    const hashes = { up: createHash('sha256'), down: createHash('sha256') }
    endpoint.socket.on('data', (data) => hashes.up.update(data))
    client.socket.on('data', (data) => hashes.down.update(data))
    const [fromClient, fromEndpoint] = [client.bytes, endpoint.bytes]
    const parts = Array.from({ length: 32 }, () => randomBytes(1024 * 1024))

    for (const part of parts) {
      const sent = [client, endpoint].map(
        (peer) => new Promise((resolve) => peer.socket.write(part, resolve)),
      )
      await Promise.all(sent)
    }
    const all = parts.length * 1024 * 1024
    await until(
      () => client.bytes - fromClient === all && endpoint.bytes - fromEndpoint === all,
      'all has come',
    )
    const whole = createHash('sha256')
    for (const part of parts) whole.update(part)
    const expected = whole.digest('hex')

    assert.deepEqual([hashes.up.digest('hex'), hashes.down.digest('hex')], [expected, expected])
  })

  for (const [first, second] of [
    ['client', 'endpoint'],
    ['endpoint', 'client'],
  ] as const) {
    test(`passes the end of the ${first} on, and what the ${second} still says`, async () => {
      const index = gateway.outcomes.length
      using tunnel = await openRawTunnel(port, raw)

      tunnel[first].finish()
      const seen = await tunnel[second].ended()
      tunnel[second].send('last words')
      await until(() => texts(tunnel)[first] === 'last words', 'the last words are heard')
      tunnel[second].finish()
      const end = await tunnel[first].ended()
      const outcome = await ended(index)

      assert.deepEqual([seen, end, outcome.status, outcome.reason], ['fin', 'fin', 101, undefined])
    })

    test(`passes a reset by the ${first} on`, async () => {
      const index = gateway.outcomes.length
      using tunnel = await openRawTunnel(port, raw)

      tunnel[first].reset()
      const seen = await tunnel[second].ended()
      const outcome = await ended(index)

      assert.equal(seen, 'reset')
      assert.deepEqual(
        [outcome.status, outcome.reason],
        [101, first === 'client' ? 'client_closed' : 'upstream_incomplete'],
      )
    })

    test(`holds the ${first} back while the ${second} does not read`, async () => {
      using tunnel = await openRawTunnel(port, raw)
      const { [first]: sender, [second]: receiver } = tunnel
      receiver.socket.pause()
      const before = receiver.bytes
      const memory = process.memoryUsage().arrayBuffers

      const parts = Array.from({ length: 48 }, () => randomBytes(1024 * 1024))
      let written = 0
      for (const part of parts) sender.socket.write(part, () => written++)
      await until(() => written > 0, 'something is written')
      await settled(() => written)
      const stuck = written
      const grown = process.memoryUsage().arrayBuffers - memory - 48 * 1024 * 1024
      receiver.socket.resume()
      await until(() => receiver.bytes - before === 48 * 1024 * 1024, 'all has come')

      // What kernels hold on loopback is some megabytes at each hop.
      assert.ok(stuck < 40, `${stuck} of 48 MiB were taken`)
      assert.ok(grown < 4 * 1024 * 1024, `${grown} bytes more are held`)
    })
  }

  test('opens on a route that collects requests', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/buffered'))
    const endpoint = await raw.peer()
    endpoint.send(agreementTo(await headOf(endpoint)))

    assert.match(await headOf(client), /^HTTP\/1.1 101 /)
  })
})

function openNow(): number {
  return gateway.gateway.counts().tunnels
}

function texts(tunnel: { clientText(): string; endpointText(): string }) {
  return { client: tunnel.clientText(), endpoint: tunnel.endpointText() }
}

/** Waits until a number has not changed for twenty looks. */
async function settled(number: () => number): Promise<void> {
  let last = number()
  let same = 0
  await until(() => {
    same = number() === last ? same + 1 : 0
    last = number()
    return same > 20
  }, 'it stands still')
}
