import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { frame, plainGet, u32 } from '../support/h2-frames.ts'
import { MeasuredGateway } from '../support/measured-gateway.ts'
import { Origin, stopReading } from '../support/origin.ts'
import { until } from '../support/raw-client.ts'

// What connections of HTTP/2 make a gateway process hold, in heap and buffers: hardening §1.8 (6) and D07-D09 of §2.11.

const origin = await Origin.start()
const gateway = await MeasuredGateway.start({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [{ to: 'origin', body: { limit: 'none' } }],
  clusters: { origin: { endpoints: [origin.address] } },
})
const { port } = gateway
const piece = Buffer.alloc(65_536, 'x')
const tenMegabytes = [
  'HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n',
  ...Array.from({ length: 160 }, () => () => piece),
]

const shut = { settings: [[4, 0]], credits: 'no' } as const

/** KiB that each of `count` clients costs once they have done what they do. */
async function costOf(count: number, options: object, act: (client: H2Client) => unknown): Promise<number> {
  await hold(2, options, act)
  const before = await gateway.held()
  return ((await hold(count, options, act)) - before) / count
}

async function hold(count: number, options: object, act: (client: H2Client) => unknown): Promise<number> {
  const clients = await Promise.all(Array.from({ length: count }, () => H2Client.connect(port, options)))
  await Promise.all(clients.map(act))
  const held = await gateway.settled()
  for (const client of clients) client.socket.resetAndDestroy()
  await gateway.settled()
  return held
}

/** A head with one dynamic entry of 4,000 bytes, then references to it; each a byte. */
function bomb(name: string, references: number): Buffer {
  const value = Buffer.alloc(3900, 'v')
  const length = value.length - 127
  const entry = Buffer.concat([
    Buffer.from([0x40, name.length]),
    Buffer.from(name),
    Buffer.from([0x7f, (length % 128) + 128, Math.floor(length / 128)]),
    value,
  ])
  return Buffer.concat([plainGet, entry, Buffer.alloc(references, 0xbe)])
}

/** KiB of 100 requests that wait for their answer: exchanges, streams and connections upstream. */
function costOfWaiting(): Promise<number> {
  origin.script = { onRequest: () => [] }
  return costOf(8, shut, async (client) => {
    const before = origin.requests.length
    for (let i = 0; i < 100; i++) client.request(pseudo())
    await until(() => origin.requests.length >= before + 100, 'the origin has them')
  })
}

describe('memory of HTTP/2', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.script = {}
    origin.forget()
  })

  test('an idle connection costs at most 64 KiB', async () => {
    const cost = await costOf(300, {}, (client) => client.response(client.request(pseudo())))

    assert.ok(cost <= 64, `${cost.toFixed(1)} KiB`)
  })

  test('D09 100 streams of 10 MB and shut windows hold less than 1 MiB of bytes', async () => {
    const waiting = await costOfWaiting()
    origin.script = { onRequest: () => tenMegabytes }

    const cost = await costOf(8, shut, async (client) => {
      const ids = Array.from({ length: 100 }, () => client.request(pseudo()))
      await until(() => ids.some((id) => client.answer(id).status === 200), 'a head is here')
    })

    assert.ok(cost - waiting < 1024, `${cost.toFixed(1)} KiB, ${waiting.toFixed(1)} of them for the requests`)
  })

  test('D09 100 streams of 10 MB whose windows open byte by byte hold less than 1 MiB of bytes', async () => {
    const waiting = await costOfWaiting()
    origin.script = { onRequest: () => tenMegabytes }

    const cost = await costOf(8, shut, async (client) => {
      const ids = Array.from({ length: 100 }, () => client.request(pseudo()))
      await until(() => ids.some((id) => client.answer(id).status === 200), 'a head is here')
      client.send(...ids.flatMap((id) => [1, 2, 3].map(() => frame(8, 0, id, u32(1)))))
    })

    assert.ok(cost - waiting < 1024, `${cost.toFixed(1)} KiB, ${waiting.toFixed(1)} of them for the requests`)
  })

  for (const [id, name] of [
    ['D07', 'x-bomb'],
    ['D08', 'cookie'],
  ] as const) {
    test(`${id} references to a large ${name} on 100 streams cost less than 4 MiB`, async () => {
      origin.script = { onRequest: () => [] }
      const large = bomb(name, 115)
      const allowed = bomb(name, 2)

      const cost = await costOf(8, shut, async (client) => {
        for (let i = 1; i < 200; i += 2) client.send(frame(1, 5, i, i % 4 === 1 ? large : allowed))
        await until(() => client.answer(1).status !== 0, 'the first is answered')
        assert.equal(client.answer(1).status, 431)
      })

      assert.ok(cost < 4096, `${cost.toFixed(1)} KiB`)
    })
  }

  test('a client that reads nothing of 100 streams of 10 MB holds less than 2 MiB of bytes', async () => {
    const waiting = await costOfWaiting()
    origin.script = { onRequest: () => tenMegabytes }

    const cost = await costOf(8, { settings: [[4, 0x7fff_ffff]], credits: 'no' }, async (client) => {
      client.send(frame(8, 0, 0, u32(0x7fff_0000)))
      client.socket.pause()
      for (let i = 0; i < 100; i++) client.request(pseudo())
      await until(() => origin.requests.length >= 100, 'the origin has them')
    })

    // Streams that had sent more than 64 KiB before the socket was full keep a buffer of 96 KiB each.
    assert.ok(cost - waiting < 2048, `${cost.toFixed(1)} KiB, ${waiting.toFixed(1)} of them for the requests`)
  })

  test('100 uploads that the origin does not read cost less than 256 KiB each', async () => {
    origin.script = { onHead: () => [stopReading] }

    const cost = await costOf(8, {}, (client) => {
      const body = Buffer.alloc(16_384)
      for (let i = 0; i < 100; i++) {
        const id = client.id()
        client.head(id, pseudo('POST'), 'open')
        if (i < 16) for (let j = 0; j < 3; j++) client.body(id, body, 'open')
      }
    })

    assert.ok(cost < 16 * 256, `${cost.toFixed(1)} KiB`)
  })

  for (const [what, fields] of [
    ['an upload', pseudo('POST')],
    [
      'a tunnel that is not open',
      [...pseudo('CONNECT'), [':protocol', 'websocket'], ['sec-websocket-version', '13']],
    ],
  ] as const) {
    test(`30,000 bytes of ${what} that come in frames of one byte cost less than 256 KiB`, async () => {
      origin.script = { onHead: () => [stopReading], onRequest: () => [] }
      const frames = Buffer.concat(Array.from({ length: 30_000 }, () => frame(0, 0, 1, 'x')))

      const cost = await costOf(24, {}, async (client) => {
        client.head(client.id(), fields, 'open').send(frames, frame(6, 0, 0, '12345678'))
        await until(() => client.frames.some(({ type, flags }) => type === 6 && flags === 1), 'all came')
      })

      assert.deepEqual([origin.requests.length, cost < 256], [26, true], `${cost.toFixed(1)} KiB`)
    })
  }
})
