import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { preface } from '../../src/wire/h2/protocol.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { block, frame, plainGet, u32 } from '../support/h2-frames.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

// Hardening reference §2.11, over connections through the whole gateway; what a session does by itself is in
// test/unit/wire/h2, and what it costs in memory in h2-memory.test.ts.

const stage = await plainGateway()
const { gateway, origin, port } = stage

/** Frames that a flood repeats, and how it begins. */
const floods: readonly (readonly [id: string, name: string, next: (id: number) => Buffer, first?: Buffer])[] =
  [
    [
      'D02',
      'WINDOW_UPDATE by 0',
      (id) => Buffer.concat([frame(1, 4, id, plainGet), frame(8, 0, id, u32(0))]),
    ],
    [
      'D02',
      'more DATA than content-length',
      (id) =>
        Buffer.concat([
          frame(1, 4, id, Buffer.concat([plainGet, block(['content-length', '1'])])),
          frame(0, 0, id, 'ab'),
        ]),
    ],
    [
      'D02',
      'PRIORITY of the wrong size',
      (id) => Buffer.concat([frame(1, 4, id, plainGet), frame(2, 0, id, '1234')]),
    ],
    ['D02', 'malformed heads', (id) => frame(1, 5, id, block(['X', 'y']))],
    ['D03', 'CONTINUATION of 1 KiB', () => frame(9, 0, 1, Buffer.alloc(1024)), frame(1, 0, 1, plainGet)],
    ['D03', 'CONTINUATION without a byte', () => frame(9, 0, 1), frame(1, 0, 1, plainGet)],
    ['D04', 'PING', () => frame(6, 0, 0, '12345678')],
    ['D04', 'SETTINGS', () => frame(4, 0, 0)],
    ['D04', 'PRIORITY', () => frame(2, 0, 7, Buffer.alloc(5))],
    ['D04', 'frames of an unknown type', () => frame(0xee, 0, 0, 'x')],
    ['D05', 'empty DATA', () => frame(0, 0, 1), frame(1, 4, 1, plainGet)],
    [
      'D05',
      'padded DATA',
      () => frame(0, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
      frame(1, 4, 1, plainGet),
    ],
    ['D06', 'WINDOW_UPDATE by 1', () => frame(8, 0, 0, u32(1))],
    ['D10', 'streams one after another beyond the limit', (id) => frame(1, 4, id, plainGet)],
  ]

describe('floods of HTTP/2', () => {
  after(() => stage[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  for (const { connections } of [{ connections: 1 }, { connections: 100 }]) {
    test(`D01 rapid reset on ${connections} connections: at most 100 requests of each reach us, others are served`, async () => {
      origin.script = { onRequest: () => [] }
      const clients = await Promise.all(Array.from({ length: connections }, () => H2Client.connect(port)))

      for (const client of clients) {
        const frames: Buffer[] = []
        for (let id = 1; id < 2001; id += 2) frames.push(frame(1, 5, id, plainGet), frame(3, 0, id, u32(8)))
        client.send(...frames)
      }
      const ends = await Promise.all(clients.map((client) => client.ended()))
      for (const client of clients) client[Symbol.dispose]()

      assert.ok(ends.every((end) => end === 'fin' || end === 'reset'))
      assert.ok(gateway.outcomes.length <= 110 * connections, `${gateway.outcomes.length}`)
      origin.script = {}
      using good = await H2Client.connect(port)
      assert.equal((await good.response(good.request(pseudo()))).status, 200)
    })
  }

  for (const [id, name, next, first] of floods) {
    test(`${id} ${name}: the connection ends, and another is served`, async () => {
      origin.script = { onHead: () => [], onRequest: () => [] }
      using client = await H2Client.connect(port)
      if (first !== undefined) client.send(first)

      for (let i = 0; i < 40 && client.state === 'open'; i++) {
        client.send(...Array.from({ length: 100 }, (_, j) => next((i * 100 + j) * 2 + 1)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await client.ended()

      if (client.state === 'fin') assert.equal(client.goaways.at(-1)?.[1], 'ENHANCE_YOUR_CALM')
      origin.script = {}
      using good = await H2Client.connect(port)
      assert.equal((await good.response(good.request(pseudo()))).status, 200)
    })
  }

  test('D04 a client that reads none of our answers is cut off', async () => {
    using client = await H2Client.connect(port, { silent: 'yes' })
    client.socket.pause()
    client.send(Buffer.from(preface), frame(4, 0, 0), frame(4, 1, 0))

    for (let i = 0; i < 5000; i++) client.send(frame(6, 0, 0, '12345678'))
    client.socket.resume()
    await client.ended()

    assert.ok(client.frames.length < 1100, `${client.frames.length}`)
  })

  test('D10 10,000 requests one after another are served on one connection', async () => {
    origin.script = { onRequest: () => answer(200, 'x') }
    using client = await H2Client.connect(port)

    for (let i = 0; i < 100; i++) {
      const ids = Array.from({ length: 100 }, () => client.request(pseudo()))
      await Promise.all(ids.map((id) => client.response(id)))
    }

    assert.deepEqual(client.goaways, [])
    assert.equal([...client.answers.values()].filter(({ status }) => status === 200).length, 10_000)
  })

  test('D12 frames behind a GOAWAY of the client are still answered', async () => {
    using client = await H2Client.connect(port)

    client.send(frame(7, 0, 0, u32(0, 0)))
    const got = await client.response(client.request(pseudo()))

    assert.equal(h2Body(got), 'origin')
  })

  test('D13 HTTP/1 text on a connection of HTTP/2 ends it', async () => {
    using client = await H2Client.connect(port)

    client.send(Buffer.from('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'))

    assert.equal(await client.ended(), 'fin')
    assert.equal(origin.requests.length, 0)
  })

  test('D13 frames of HTTP/2 without the preface are no request of HTTP/1', async () => {
    using client = await RawClient.connect(port)

    client.send(Buffer.concat([frame(4, 0, 0), frame(1, 5, 1, plainGet), Buffer.from('\r\n\r\n')]))

    assert.match((await client.response()).startLine, /^HTTP\/1.1 400 /)
    assert.equal(origin.requests.length, 0)
  })

  test('D01 requests that were reset end upstream', async () => {
    origin.script = { onRequest: () => [] }
    using client = await H2Client.connect(port)
    const ids = Array.from({ length: 50 }, () => client.request(pseudo()))
    await until(() => origin.requests.length === 50, 'the origin has them')

    for (const id of ids) client.reset(id)

    await until(() => origin.requests.every((request) => !request.stillOpen()), 'they end upstream')
    assert.equal(gateway.outcomes.filter(({ reason }) => reason === 'client_closed').length, 50)
  })
})
