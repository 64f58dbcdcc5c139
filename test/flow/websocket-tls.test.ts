import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, afterEach, describe, test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { until, within } from '../support/raw-client.ts'
import { agreementTo } from '../support/raw-tunnel.ts'
import { handshake } from '../support/websocket.ts'

const ca = makeCa()
const certificate = issue(ca, { name: 'a.test', altNames: ['DNS:a.test', 'IP:127.0.0.1'] })
const folder = testFolder()
const caFile = folder.write('ca.pem', ca.pem)
const cert = folder.write('a.crt', certificate.pem)
const key = folder.write('a.key', certificate.keyPem)

/** What came on one of the raw ends. */
class Peer {
  readonly socket: TLSSocket
  readonly pieces: Buffer[] = []
  ended = false

  constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => this.pieces.push(data))
    socket.on('end', () => {
      this.ended = true
    })
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1')
  }

  async head(): Promise<string> {
    await until(() => this.text.includes('\r\n\r\n'), 'a head is heard')
    return this.text.slice(0, this.text.indexOf('\r\n\r\n') + 4)
  }

  body(): string {
    return this.text.slice(this.text.indexOf('\r\n\r\n') + 4)
  }
}

const endpoints: Peer[] = []
const server = createServer(
  { cert: certificate.pem, key: certificate.keyPem, allowHalfOpen: true },
  (socket) => endpoints.push(new Peer(socket)),
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0', tls: { certificates: [{ cert, key }] } }],
  routes: [{ to: 'c' }],
  clusters: {
    c: { endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`], tls: { ca: caFile } },
  },
})

after(async () => {
  await gateway[Symbol.asyncDispose]()
  server.close()
  folder[Symbol.dispose]()
})
afterEach(async () => {
  for (const { socket } of endpoints.splice(0)) socket.destroy()
  await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
})

async function open(): Promise<{ client: Peer; endpoint: Peer }> {
  const to = { host: '127.0.0.1', port: gateway.port(), servername: 'a.test' }
  const options = { ...to, ca: ca.pem, allowHalfOpen: true }
  const socket = connect(options)
  const client = new Peer(socket)
  await within(once(socket, 'secureConnect'), 'the handshake')
  socket.write(handshake())
  await until(() => endpoints.length === 1, 'the endpoint is reached')
  const [endpoint] = endpoints as [Peer]
  endpoint.socket.write(agreementTo(await endpoint.head()))
  await client.head()
  return { client, endpoint }
}

describe('a websocket over TLS on either side', () => {
  test('opens for a client of others', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${gateway.port()}/`, { ca: ca.pem })
    socket.on('error', () => {})
    await until(() => endpoints.length === 1, 'the endpoint is reached')
    const [endpoint] = endpoints as [Peer]
    endpoint.socket.write(agreementTo(await endpoint.head()))
    await within(once(socket, 'open'), 'the websocket opens')
    const message = once(socket, 'message')

    endpoint.socket.write(Buffer.from('810568656c6c6f', 'hex'))
    const [data] = (await within(message, 'a message')) as [Buffer]
    socket.terminate()

    assert.equal(String(data), 'hello')
  })

  test('passes 8 MB both ways, unchanged', async () => {
    const { client, endpoint } = await open()
    const before = [client.body().length, endpoint.body().length]
    const data = randomBytes(8 * 1024 * 1024)

    client.socket.write(data)
    endpoint.socket.write(data)
    const length = (peer: Peer) => peer.pieces.reduce((sum, piece) => sum + piece.length, 0)
    const heads = [(await client.head()).length, (await endpoint.head()).length]
    await until(
      () =>
        length(client) - (heads[0] ?? 0) === data.length &&
        length(endpoint) - (heads[1] ?? 0) === data.length,
      'all has come',
    )
    client.socket.destroy()

    const hash = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
    assert.deepEqual(before, [0, 0])
    assert.deepEqual(
      [client, endpoint].map((peer) => hash(Buffer.from(peer.body(), 'latin1'))),
      [hash(data), hash(data)],
    )
  })

  for (const [first, second] of [
    ['client', 'endpoint'],
    ['endpoint', 'client'],
  ] as const) {
    test(`passes the end of the ${first} on, and what the ${second} still says`, async () => {
      const tunnel = await open()
      gateway.outcomes.length = 0

      tunnel[first].socket.end()
      await until(() => tunnel[second].ended, 'the end is heard')
      tunnel[second].socket.end('last words')
      await until(() => tunnel[first].ended, 'the other end is heard')
      const outcome = await gateway.outcome()

      assert.deepEqual([tunnel[first].body(), outcome.status, outcome.reason], ['last words', 101, undefined])
    })
  }
})
