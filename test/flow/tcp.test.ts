import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { testFolder } from '../support/folder.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { listenerValue } from '../support/metric-values.ts'
import { until } from '../support/raw-client.ts'
import { refusingAddress, TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

const origin = await TcpOrigin.start()
const other = await TcpOrigin.start()
const folder = testFolder()
const behind = await TcpOrigin.start({ path: `${folder.path}/out.sock` })
const refusing = await refusingAddress()
const address = '127.0.0.1:0'
const tcp = (name: string, to: unknown, more: Config = {}) => ({ name, address, tcp: { to, ...more } })
const gateway = await startGateway({
  listeners: [
    tcp('plain', 'origin'),
    tcp('short', 'origin', { idle: '200ms' }),
    tcp('refused', 'refusing'),
    tcp('second', 'half'),
    tcp('weighted', [
      { cluster: 'origin', weight: 1 },
      { cluster: 'other', weight: 1 },
    ]),
    tcp('hashed', 'hashed'),
    tcp('full', 'small'),
    tcp('nowhere', 'empty'),
    tcp('mute', 'mute'),
    { ...tcp('unix', 'unix'), address: `unix:${folder.path}/in.sock` },
    tcp('ejecting', 'ejecting'),
  ],
  clusters: {
    origin: { endpoints: [origin.address] },
    other: { endpoints: [other.address] },
    refusing: { endpoints: [refusing] },
    half: { endpoints: [refusing, origin.address] },
    hashed: {
      endpoints: [origin.address, other.address],
      balance: { 'ring-hash': 'client-address' },
    },
    small: { endpoints: [origin.address], limits: { connections: 1, pending: 1 } },
    unix: { endpoints: [`unix:${folder.path}/out.sock`] },
    mute: { endpoints: [other.address], connectTimeout: '100ms', tls: { verify: 'off' } },
    ejecting: {
      endpoints: [refusing, origin.address],
      outlier: { consecutiveFailures: 2, baseEjection: '1m' },
    },
    empty: { dns: 'nowhere.invalid:80' },
  },
})

const clients = new Set<TcpPeer>()

async function dial(listener: string): Promise<TcpPeer> {
  const client = await TcpPeer.connect(gateway.port(listener))
  clients.add(client)
  return client
}

/** Bytes received and sent, tunnels that ended complete and failed. */
function counted(): number[] {
  return [
    listenerValue(gateway.metrics, 'plain', 'tunnel_received_bytes_total'),
    listenerValue(gateway.metrics, 'plain', 'tunnel_sent_bytes_total'),
    listenerValue(gateway.metrics, 'plain', 'tunnels_total', 0),
    listenerValue(gateway.metrics, 'plain', 'tunnels_total', 1),
  ]
}

/** A client and its peer at the other end of a tunnel. */
async function pair(listener = 'plain') {
  const index = origin.peers.length
  const client = await dial(listener)
  const server = await origin.peer(index)
  return { client, server }
}

describe('a tunnel', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await behind[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })
  beforeEach(async () => {
    for (const client of clients) client.socket.destroy()
    clients.clear()
    origin.forget()
    other.forget()
    origin.onPeer = () => {}
    await until(() => gateway.gateway.counts().connections === 0, 'no connection is left')
    gateway.outcomes.length = 0
  })

  test('carries bytes both ways, whatever they are', async () => {
    const { client, server } = await pair()

    client.send('\0\r\nGET\xff')
    server.send('hello')

    assert.deepEqual([await server.heard(7), await client.heard(5)], ['\0\r\nGET\xff', 'hello'])
  })

  test('lets the server speak first', async () => {
    origin.onPeer = (peer) => peer.send('220 ready')
    const client = await dial('plain')

    assert.equal(await client.heard(9), '220 ready')
  })

  test('hands on the end of what the client says, and still carries the answer', async () => {
    const { client, server } = await pair()

    client.send('ask').finish()
    const ended = await server.ended()
    server.send('answer').finish()

    assert.deepEqual([ended, server.text, await client.ended(), client.text], ['fin', 'ask', 'fin', 'answer'])
  })

  test('hands on the end of what the server says, and still carries what the client says', async () => {
    const { client, server } = await pair()

    server.send('bye').finish()
    const ended = await client.ended()
    client.send('more').finish()

    assert.deepEqual([ended, client.text, await server.ended(), server.text], ['fin', 'bye', 'fin', 'more'])
  })

  test('tells one outcome, with bytes and without a status, when both have ended', async () => {
    const { client, server } = await pair()
    client.send('12345').finish()
    await server.ended()
    server.send('123').finish()

    const outcome = await gateway.outcome()

    assert.deepEqual(
      [outcome.protocol, outcome.scheme, outcome.listener, outcome.cluster, outcome.endpoint, outcome.status],
      ['TCP', 'tcp', 'plain', 'origin', origin.address, 0],
    )
    assert.deepEqual(
      [outcome.requestBytes, outcome.responseBytes, outcome.attempts, outcome.reason, outcome.clientAddress],
      [5, 3, 1, undefined, '127.0.0.1'],
    )
  })

  test('resets the server when the client resets', async () => {
    const { client, server } = await pair()
    client.send('x')
    await server.heard(1)

    client.reset()

    assert.deepEqual([await server.ended(), (await gateway.outcome()).reason], ['reset', 'client_closed'])
  })

  test('resets the client when the server resets', async () => {
    const { client, server } = await pair()
    client.send('x')
    await server.heard(1)

    server.reset()

    assert.deepEqual([await client.ended(), (await gateway.outcome()).reason], ['reset', 'upstream_reset'])
  })

  test('resets the other side after a half-close, too', async () => {
    const { client, server } = await pair()
    client.send('x').finish()
    await server.ended()

    server.reset()

    assert.equal(await client.ended(), 'reset')
  })

  test('carries many megabytes each way at once, unchanged in number', async () => {
    const { client, server } = await pair()
    const total = 24 * 1024 * 1024
    const part = Buffer.alloc(64 * 1024, 'x')

    for (let sent = 0; sent < total; sent += part.length) {
      client.send(part)
      server.send(part)
    }
    client.finish()
    server.finish()
    await client.ended()
    await server.ended()

    assert.deepEqual([client.bytes, server.bytes], [total, total])
  })

  test('keeps the order of bytes over reads of every size', async () => {
    const { client, server } = await pair()
    const bytes = Buffer.from(Array.from({ length: 900_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))

    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 70_001) {
      client.send(bytes.subarray(at, Math.min(bytes.length, at + size)))
      if (size % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    client.finish()
    await server.ended()

    assert.equal(Buffer.compare(Buffer.from(server.text, 'latin1'), bytes), 0)
  })

  test('changes no byte for peers that read haltingly', async () => {
    const { client, server } = await pair()
    const [up, down] = [randomBytes(12_000_001), randomBytes(11_000_003)]

    client.send(up).finish()
    for (let at = 0; at < down.length; at += 30_001) server.send(down.subarray(at, at + 30_001))
    server.finish()
    await Promise.all([client.readHaltingly(), server.readHaltingly()])

    const digests = [up, down].map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    assert.deepEqual([server.digest(), client.digest()], digests)
  })

  test('ends both sides when nothing passes for too long', async () => {
    const { client, server } = await pair('short')
    client.send('x')

    const ends = await Promise.all([client.ended(), server.ended()])

    assert.deepEqual([ends, (await gateway.outcome()).reason], [['fin', 'fin'], 'tunnel_idle'])
  })

  test('resets a client when no endpoint takes the connection, and says why', async () => {
    const client = await dial('refused')

    const outcome = await gateway.outcome()

    assert.deepEqual(
      [await client.ended(), outcome.reason, outcome.attempts],
      ['reset', 'upstream_connect', 3],
    )
    assert.match(outcome.detail, /ECONNREFUSED \(attempt 3\)$/)
  })

  test('tries another endpoint when the first refuses', async () => {
    for (const i of [0, 1, 2, 3]) {
      const client = await dial('second')
      client.send(`hello ${i}`)
      assert.equal(await (await origin.peer(i)).heard(7), `hello ${i}`)
    }
  })

  test('gives an endpoint up whose connection does not stand in time', async () => {
    const client = await dial('mute')

    const { reason, detail, attempts } = await gateway.outcome()

    assert.deepEqual([await client.ended(), reason, attempts], ['reset', 'connect_timeout', 3])
    assert.match(detail, /no connection in time \(attempt 3\)$/)
  })

  test('leaves out an endpoint that refused connections', async () => {
    for (let i = 0; i < 6; i++) {
      ;(await dial('ejecting')).send('x')
      await (await origin.peer(i)).heard(1)
    }

    const states = gateway.gateway.registry.cluster('ejecting')?.endpoints.map(({ state }) => state)

    assert.deepEqual(states, ['ejected', 'unchecked'])
  })

  test('counts connections by how they ended, and bytes as they come', async () => {
    const before = counted()
    const { client, server } = await pair()
    client.send('12345')
    server.send('123')
    await Promise.all([server.heard(5), client.heard(3)])
    const during = counted()
    client.finish()
    server.finish()
    await gateway.outcome()
    ;(await pair()).client.reset()
    await gateway.outcome(1)

    const steps = [during, counted()].map((values) => values.map((value, i) => value - (before[i] ?? 0)))

    assert.deepEqual(steps, [
      [5, 3, 0, 0],
      [5, 3, 1, 1],
    ])
  })

  test('carries bytes and ends between unix sockets', async () => {
    const client = await TcpPeer.connect({ path: `${folder.path}/in.sock` })
    client.send('ask').finish()
    const server = await behind.peer()
    await server.ended()
    server.send('answer').finish()
    await client.ended()

    const { reason, clientAddress } = await gateway.outcome()

    assert.deepEqual([server.text, client.text, reason, clientAddress], ['ask', 'answer', undefined, ''])
  })

  test('ends the other side when a unix socket goes, which knows no reset', async () => {
    const client = await TcpPeer.connect({ path: `${folder.path}/in.sock` })
    client.send('ask')
    const server = await behind.peer(1)
    await server.heard(3)

    server.socket.destroy()
    const ended = await client.ended()
    client.finish()

    assert.deepEqual([ended, (await gateway.outcome()).requestBytes], ['fin', 3])
  })

  test('splits connections by weight', async () => {
    await Promise.all(Array.from({ length: 60 }, () => dial('weighted')))
    await until(() => origin.peers.length + other.peers.length === 60, 'all are connected')

    assert.ok(origin.peers.length > 9 && other.peers.length > 9, `${origin.peers.length} of 60`)
  })

  test('keeps a client on its endpoint by its address', async () => {
    await Promise.all(Array.from({ length: 8 }, () => dial('hashed')))
    await until(() => origin.peers.length + other.peers.length === 8, 'all are connected')

    assert.deepEqual(
      [origin.peers.length, other.peers.length].toSorted((a, b) => a - b),
      [0, 8],
    )
  })

  test('waits for room in the cluster, and is refused when too many wait', async () => {
    const first = await pair('full')
    const waiting = await dial('full')
    await until(() => gateway.gateway.registry.cluster('small')?.pending === 1, 'the second waits')
    const third = await dial('full')

    const refused = await third.ended()
    first.client.reset()
    waiting.send('mine')

    assert.deepEqual([refused, await (await origin.peer(1)).heard(4)], ['reset', 'mine'])
    assert.equal((await gateway.outcome(0)).reason, 'cluster_pending')
  })

  test('lets go of a client that leaves while it waits', async () => {
    await pair('full')
    const waiting = await dial('full')
    const cluster = gateway.gateway.registry.cluster('small')
    await until(() => cluster?.pending === 1, 'it waits')

    waiting.reset()
    await until(() => cluster?.pending === 0, 'nobody waits')

    assert.deepEqual([(await gateway.outcome()).reason, cluster?.activeRequests], ['client_closed', 1])
  })

  test('resets a client whose target has no endpoint', async () => {
    const client = await dial('nowhere')

    assert.deepEqual([await client.ended(), (await gateway.outcome()).reason], ['reset', 'no_cluster'])
  })

  test('gives back what clusters and endpoints lent, however it ended', async () => {
    const { client, server } = await pair()
    client.finish()
    await server.ended()
    server.finish()
    ;(await pair()).client.reset()
    ;(await pair()).server.reset()
    await gateway.outcome(2)
    const cluster = gateway.gateway.registry.cluster('origin')
    await until(() => cluster?.connections === 0, 'connections are closed')

    assert.deepEqual([cluster?.activeRequests, cluster?.endpoints[0]?.active], [0, 0])
  })
})
