import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startGateway } from '../support/gateway.ts'
import { MeasuredGateway } from '../support/measured-gateway.ts'
import { tlv, v2 } from '../support/proxy-header.ts'
import { until } from '../support/raw-client.ts'
import { refusingAddress, TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

// What is sent of hardening §2.14, and the TCP line of §2.15; numbered on from `proxy-protocol.test.ts`.

const origin = await TcpOrigin.start()
const refusing = await refusingAddress()
const address = '127.0.0.1:0'
const listeners = [
  { name: 'plain', address, tcp: { to: 'origin' } },
  { name: 'short', address, tcp: { to: 'origin', idle: '200ms' } },
  { name: 'refused', address, tcp: { to: 'refusing' } },
  { name: 'few', address, tcp: { to: 'origin' }, limits: { connectionsPerClient: 2 } },
  { name: 'told', address, proxyProtocol: { from: ['127.0.0.1'] }, tcp: { to: 'told' } },
]
const clusters = {
  origin: { endpoints: [origin.address] },
  refusing: { endpoints: [refusing] },
  told: { endpoints: [origin.address], proxyProtocol: 'v2' },
}
const gateway = await startGateway({ listeners, clusters })
const measured = await MeasuredGateway.start({ listeners: listeners.slice(0, 1), clusters })
const clients = new Set<TcpPeer>()

async function dial(port: number): Promise<TcpPeer> {
  const client = await TcpPeer.connect(port)
  clients.add(client)
  return client
}

/** KiB that the gateway holds for each of some tunnels, once nothing moves in them. */
async function costOf(count: number, act: (client: TcpPeer, server: TcpPeer) => void): Promise<number> {
  await hold(5, act)
  const before = await settled()
  return ((await hold(count, act)) - before) / count
}

async function hold(count: number, act: (client: TcpPeer, server: TcpPeer) => void): Promise<number> {
  origin.forget()
  const held: TcpPeer[] = []
  for (let i = 0; i < count; i++) {
    held.push(await dial(measured.port))
    act(held[i] as TcpPeer, await origin.peer(i))
  }
  const kib = await settled()
  for (const client of held) client.reset()
  await settled()
  return kib
}

/** Waits until what is held has not moved by 100 KiB for a fifth of a second. */
async function settled(): Promise<number> {
  let last = await measured.held()
  for (;;) {
    await pause(200)
    const now = await measured.held()
    if (Math.abs(now - last) < 100) return now
    last = now
  }
}

const large = Buffer.alloc(16 << 20, 'x')

describe('TCP', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await measured[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const client of clients) client.socket.destroy()
    clients.clear()
    origin.forget()
    await until(() => gateway.gateway.counts().connections === 0, 'no connection is left')
    gateway.outcomes.length = 0
  })

  test('Y27 sends none of the TLVs that a client sent', async () => {
    const client = await dial(gateway.port('told'))
    const sent = v2({
      tlvs: [tlv(2, 'spoofed.test'), tlv(5, 'id'), tlv(0xea, 'secret'), tlv(0x20, '\x01\0\0\0\0')],
    })

    client.send(Buffer.concat([sent, Buffer.from('hello')]))
    const server = await origin.peer()
    await server.heard(v2().length + 5)

    assert.equal(server.text, `${v2().toString('latin1')}hello`)
  })

  test('Y29 hands on half-closes of both sides', async () => {
    const client = await dial(gateway.port('plain'))
    const server = await origin.peer()

    client.send('a').finish()
    const first = await server.ended()
    server.send('b').finish()

    assert.deepEqual([first, await client.ended(), client.text, server.text], ['fin', 'fin', 'b', 'a'])
  })

  test('Y30 a reset of one side resets the other, and loses nothing of other tunnels', async () => {
    const left = await dial(gateway.port('plain'))
    const staying = await dial(gateway.port('plain'))
    const [one, two] = [await origin.peer(0), await origin.peer(1)]
    left.send('x')
    await one.heard(1)

    left.reset()
    await one.ended()
    staying.send('still here')

    assert.deepEqual([one.state, await two.heard(10)], ['reset', 'still here'])
  })

  for (const [name, act] of [
    [
      'a client that reads nothing',
      (client, server) => {
        client.socket.pause()
        server.send(large)
      },
    ],
    [
      'a server that reads nothing',
      (client, server) => {
        server.socket.pause()
        client.send(large)
      },
    ],
    [
      'two that read nothing',
      (client, server) => {
        client.socket.pause()
        server.socket.pause()
        client.send(large)
        server.send(large)
      },
    ],
    [
      'a client that reads nothing of many small pieces',
      (client, server) => {
        client.socket.pause()
        server.send(large)
        for (let i = 0; i < 2000; i++) server.socket.write(Buffer.alloc(300))
      },
    ],
  ] as const satisfies readonly (readonly [string, (client: TcpPeer, server: TcpPeer) => void])[]) {
    test(`Y31 a tunnel with ${name} costs at most 256 KiB`, async () => {
      const cost = await costOf(30, act)

      assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
    })
  }

  test('an idle tunnel costs at most 16 KiB, both sides together', async () => {
    const cost = await costOf(400, (client, server) => {
      client.send('x')
      server.send('y'.repeat(1000))
    })

    assert.ok(cost <= 16, `${cost.toFixed(1)} KiB`)
  })

  test('Y31 a slow reader gets everything in the end', async () => {
    const client = await dial(gateway.port('plain'))
    const server = await origin.peer()
    client.socket.pause()
    server.send(large).finish()
    await until(() => server.socket.writableLength > 0, 'the server waits')

    client.socket.resume()
    await client.ended()

    assert.equal(client.bytes, large.length)
  })

  test('Y32 a tunnel in which nothing passes is ended, one in which something does is not', async () => {
    const quiet = await dial(gateway.port('short'))
    const busy = await dial(gateway.port('short'))
    const server = await origin.peer(1)
    const talking = setInterval(() => server.send('.'), 20)

    const ended = await quiet.ended()
    clearInterval(talking)

    assert.deepEqual([ended, busy.state], ['fin', 'open'])
  })

  test('Y33 closes the client when the upstream refuses', async () => {
    const client = await dial(gateway.port('refused'))

    assert.deepEqual([await client.ended(), (await gateway.outcome()).reason], ['reset', 'upstream_connect'])
  })

  test('Y34 limits connections of one source', async () => {
    await dial(gateway.port('few'))
    await dial(gateway.port('few'))
    await until(() => origin.peers.length === 2, 'both are handed on')
    const third = await dial(gateway.port('few'))

    assert.deepEqual([await third.ended(), origin.peers.length], ['reset', 2])
  })
})
