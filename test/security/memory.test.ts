import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { get } from '../support/catalogue-case.ts'
import { MeasuredGateway } from '../support/measured-gateway.ts'
import { answer, Origin, stopReading } from '../support/origin.ts'
import { RawClient } from '../support/raw-client.ts'

// Hardening §1.8, invariant 6: at most 64 KiB for an idle connection and 256 KiB for an active one, whatever the peer does.
// What a gateway process of its own still refers to, in heap and buffers; what the kernel keeps for sockets is not in it.

const origin = await Origin.start()
const gateway = await MeasuredGateway.start({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [{ to: 'origin', body: { limit: 'none' } }],
  clusters: { origin: { endpoints: [origin.address] } },
})
const { port } = gateway
const endless = Array.from({ length: 100 }, () => () => Buffer.alloc(1 << 20, 'x'))

/** KiB that each of `count` clients costs once they have done what they do. */
async function costOf(count: number, act: (client: RawClient) => unknown): Promise<number> {
  // The first time costs more: code is compiled, pools are filled.
  await hold(10, act)
  const before = await gateway.held()
  return ((await hold(count, act)) - before) / count
}

/** What the gateway holds while the clients are there and nothing moves any more. */
async function hold(count: number, act: (client: RawClient) => unknown): Promise<number> {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port)))
  await Promise.all(clients.map(act))
  const held = await gateway.settled()
  for (const client of clients) client.reset()
  await gateway.settled()
  return held
}

describe('memory', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.script = {}
    origin.forget()
  })

  test('an idle connection costs at most 64 KiB', async () => {
    const cost = await costOf(1000, (client) => client.send(get('/')).response(0))

    assert.ok(cost <= 64, `${cost.toFixed(1)} KiB`)
  })

  test('a connection with 15 KiB of an unfinished head costs at most 64 KiB', async () => {
    const cost = await costOf(500, (client) =>
      client.send(`GET / HTTP/1.1\r\nHost: a.test\r\nX: ${'y'.repeat(15_000)}`),
    )

    assert.ok(cost <= 64, `${cost.toFixed(1)} KiB`)
  })

  test('S04 a client that reads nothing of 100 MB costs at most 256 KiB', async () => {
    origin.script = { onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n', ...endless] }

    const cost = await costOf(40, async (client) => {
      await client.send(get('/')).message((message) => message.bytes > 0, 'the first bytes')
      client.socket.pause()
    })

    assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
  })

  test('an upload that the origin does not read costs at most 256 KiB', async () => {
    origin.script = { onHead: () => [stopReading] }
    const piece = Buffer.alloc(8 << 20)

    const cost = await costOf(100, (client) => {
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 104857600\r\n\r\n').send(piece)
    })

    assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
  })

  test('a client that pipelines without end costs at most 256 KiB', async () => {
    origin.script = { onRequest: () => [new Promise(() => undefined), answer(200, '')] }
    const requests = get('/').repeat(50_000)

    const cost = await costOf(100, (client) => client.send(requests))

    assert.ok(cost <= 256, `${cost.toFixed(1)} KiB`)
  })
})
