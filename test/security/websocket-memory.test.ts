import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MeasuredGateway } from '../support/measured-gateway.ts'
import { openRawTunnel, type RawTunnel } from '../support/raw-tunnel.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'
import { handshake } from '../support/websocket.ts'

// Hardening §1.8, invariant 6, for websockets: what a gateway process of its own still refers to, in heap and buffers.

const raw = await TcpOrigin.start()
const gateway = await MeasuredGateway.start({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [{ to: 'raw' }],
  clusters: { raw: { endpoints: [raw.address] } },
})

async function open(count: number, act: (tunnel: RawTunnel) => unknown): Promise<RawTunnel[]> {
  const tunnels: RawTunnel[] = []
  for (let i = 0; i < count; i++) {
    const tunnel = await openRawTunnel(gateway.port, raw)
    tunnels.push(tunnel)
    await act(tunnel)
  }
  return tunnels
}

/** KiB that each of `count` websockets costs once they have done what they do. */
async function costOf(count: number, act: (tunnel: RawTunnel) => unknown): Promise<number> {
  // The first time costs more: code is compiled, pools are filled.
  const first = await open(10, act)
  const before = await gateway.settled()
  const tunnels = await open(count, act)
  const held = await gateway.settled()
  for (const tunnel of [...first, ...tunnels]) tunnel[Symbol.dispose]()
  raw.forget()
  await gateway.settled()
  return (held - before) / count
}

describe('the memory of a websocket', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await raw[Symbol.asyncDispose]()
  })

  test('that is idle is at most 12 KiB, both sides together', async () => {
    const cost = await costOf(500, () => {})

    assert.ok(cost <= 12, `${cost.toFixed(1)} KiB`)
  })

  test('that has carried a megabyte each way is at most 12 KiB again', async () => {
    const data = Buffer.alloc(1 << 20, 'x')

    const cost = await costOf(200, async ({ client, endpoint }) => {
      const [up, down] = [endpoint.bytes, client.bytes]
      client.send(data)
      endpoint.send(data)
      await endpoint.heard(up + data.length)
      await client.heard(down + data.length)
      // A quiet read each way, as the next small message would be.
      client.send('x')
      endpoint.send('x')
      await endpoint.heard(up + data.length + 1)
      await client.heard(down + data.length + 1)
    })

    assert.ok(cost <= 12, `${cost.toFixed(1)} KiB`)
  })

  test('whose other end reads nothing is at most 256 KiB', async () => {
    const data = Buffer.alloc(8 << 20, 'x')

    const cost = await costOf(40, ({ client, endpoint }) => {
      client.socket.pause()
      endpoint.socket.pause()
      client.send(data)
      endpoint.send(data)
    })

    assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
  })

  test('U06 that is flooded before it is open is at most 256 KiB', async () => {
    const before = await gateway.settled()
    const clients = await Promise.all(Array.from({ length: 40 }, () => TcpPeer.connect(gateway.port)))
    for (const client of clients) client.send(handshake()).send(Buffer.alloc(8 << 20, 'x'))
    await raw.peer(39)
    const cost = ((await gateway.settled()) - before) / clients.length
    for (const client of clients) client[Symbol.dispose]()

    assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
  })
})
