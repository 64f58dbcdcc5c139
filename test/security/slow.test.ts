import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { canary, get, post } from '../support/catalogue-case.ts'
import { startGateway } from '../support/gateway.ts'
import { values } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, status, tried, until } from '../support/raw-client.ts'
import { fastLimits } from '../support/stage.ts'

// Catalogue 2.9: slow and stalled peers. The limits are a few hundred milliseconds here instead of the 10 to 60 s of the
// defaults. Counts are scaled to what a test process may open: rows that say 50,000 or 10^5 run with the numbers below.

const origin = await Origin.start()
const openFiles = Number(
  /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024,
)
/** Both ends of every connection are in this process. */
const many = Math.min(1000, Math.floor((openFiles - 200) / 4))
const address = '127.0.0.1:0'

const gateway = await startGateway({
  listeners: [
    { name: 'fast', address, limits: fastLimits },
    // Idle limits out of the way: only the rate can end a body here.
    { name: 'rate', address, limits: { ...fastLimits, bodyIdle: '20s' } },
    { name: 'idle', address, limits: { bodyIdle: '300ms' } },
    { name: 'keep', address, limits: { keepAliveIdle: '300ms' } },
    { name: 'crowded', address, limits: { newConnectionsPerClientPerSecond: 20 } },
    { name: 'few', address, limits: { connectionsPerClient: 5 } },
    { name: 'plain', address },
  ],
  routes: [{ to: 'origin' }, { path: '/stream', to: 'origin', body: { mode: 'stream' } }],
  clusters: { origin: { endpoints: [origin.address] } },
})

/** Repeats a send until the other side ends the connection. */
async function drip(client: RawClient, piece: string, everyMs: number): Promise<void> {
  const timer = setInterval(() => client.send(piece), everyMs)
  await client.ended().finally(() => clearInterval(timer))
}

describe('slow and stalled peers', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })

  test('S01 a connection that sends nothing is closed', async () => {
    using client = await RawClient.connect(gateway.port('fast'))

    await client.ended()

    assert.ok([undefined, 408].includes(client.responses.map(status)[0]))
  })

  test('S01 a connection that sends half a request line is closed with 408', async () => {
    using client = await RawClient.connect(gateway.port('fast'))

    client.send('GET / HT')
    await client.ended()

    assert.deepEqual(client.responses.map(status), [408])
  })

  test('S02 a head that arrives a field at a time gets 408 at an absolute time', async () => {
    using client = await RawClient.connect(gateway.port('fast'))

    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n')
    await drip(client, 'X: y\r\n', 20)

    assert.deepEqual(client.responses.map(status), [408])
  })

  test('S02 the second head of a connection has the same limit', async () => {
    using client = await RawClient.connect(gateway.port('fast'))

    await client.send(get('/first')).response(0)
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n')
    await drip(client, 'X: y\r\n', 20)

    assert.deepEqual(client.responses.map(status), [200, 408])
  })

  test('S03 a body that arrives too slowly gets 408, although it never pauses', async () => {
    using client = await RawClient.connect(gateway.port('rate'))

    client.send(post('Content-Length: 100000\r\n'))
    await drip(client, 'x', 10)

    assert.deepEqual(client.responses.map(status), [408])
  })

  test('S03 a body that pauses gets 408', async () => {
    using client = await RawClient.connect(gateway.port('idle'))

    client.send(post('Content-Length: 100000\r\n', 'some'))
    await client.ended()

    assert.deepEqual(client.responses.map(status), [408])
  })

  test('S03 the origin never sees the end of a body that was too slow', async () => {
    origin.forget()
    using client = await RawClient.connect(gateway.port('rate'))

    client.send(post('Transfer-Encoding: chunked\r\n'))
    await drip(client, '1\r\nx\r\n', 10)
    await until(() => origin.requests.every((request) => !request.stillOpen()), 'the upload is aborted')

    assert.equal(origin.requests.filter((request) => request.complete).length, 0)
  })

  test('S03 a streaming route may be slow, and keeps the idle limit', async () => {
    using client = await RawClient.connect(gateway.port('fast'))

    client.send(post('Content-Length: 100000\r\n').replace('/t', '/stream'))
    const timer = setInterval(() => client.send('x'), 20)
    await new Promise((resolve) => setTimeout(resolve, 700))
    const stateWhileSlow = client.state
    clearInterval(timer)
    await client.ended()

    assert.deepEqual([stateWhileSlow, client.responses.map(status)], ['open', [408]])
  })

  test('S04 a client that never reads a response of 100 MB is dropped and the origin held back', async () => {
    const sent = { pieces: 0 }
    const piece = (): Buffer => {
      sent.pieces++
      return Buffer.alloc(1 << 20, 'x')
    }
    const pieces = Array.from({ length: 100 }, () => piece)
    origin.script = {
      onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n', ...pieces],
    }
    using client = await RawClient.connect(gateway.port('fast'))

    client.send(get('/big'))
    await client.message((message) => message.bytes > 0, 'the first bytes')
    client.socket.pause()
    await until(() => gateway.outcomes.some((outcome) => outcome.path === '/big'), 'the response is given up')
    origin.script = {}

    // What was taken is in the buffers of four sockets, which the kernel lets grow to a few MB each.
    assert.equal(gateway.outcomes.find((outcome) => outcome.path === '/big')?.reason, 'write_stalled')
    assert.ok(sent.pieces < 60, `the origin got rid of ${sent.pieces} of 100 MB`)
  })

  test(`S05 ${many} idle connections (of 50,000 in the row) are all closed after the idle limit`, async () => {
    const clients = await Promise.all(
      Array.from({ length: many }, () => RawClient.connect(gateway.port('keep'))),
    )
    await Promise.all(clients.map((client) => client.send(get('/idle')).response(0)))

    await Promise.all(clients.map((client) => client.ended()))

    assert.deepEqual(new Set(clients.map((client) => client.responses.length)), new Set([1]))
  })

  test('S06 new connections above the rate of one client are refused at accept (its TLS half comes with TLS)', async () => {
    const statuses = await Promise.all(Array.from({ length: 60 }, () => tried(gateway.port('crowded'))))

    const served = statuses.filter((s) => s === 200).length
    assert.ok(served >= 20 && served <= 45, `${served} of 60 were served`)
    assert.equal(served + statuses.filter((s) => s === 0).length, 60)
  })

  test('S06 connections above the number of one client are refused at accept', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = { onRequest: () => [gate.promise, answer(200, 'ok')] }
    const refused: number[] = []
    const results = Array.from({ length: 20 }, async () => {
      const status = await tried(gateway.port('few'))
      if (status === 0) refused.push(status)
      return status
    })
    await until(() => refused.length === 15, 'fifteen are refused')
    gate.resolve()

    const statuses = await Promise.all(results)
    origin.script = {}

    assert.equal(statuses.filter((s) => s === 200).length, 5)
  })

  test('S07 a client that half-closes after its request still gets the answer', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = { onRequest: () => [gate.promise, answer(200, 'late')] }
    using client = await RawClient.connect(gateway.port('plain'))

    client.send(get('/half'))
    client.finish()
    await until(
      () => origin.requests.some((request) => request.target === '/half'),
      'the request is at the origin',
    )
    gate.resolve()
    const response = await client.response(0)
    origin.script = {}

    assert.deepEqual([status(response), await client.ended()], [200, 'fin'])
  })

  test('S08 a client that resets in mid upload aborts the upstream, two hundred times (10^5 in the row)', async () => {
    origin.forget()
    for (let i = 0; i < 200; i++) {
      using client = await RawClient.connect(gateway.port('plain'))
      client.send(post('Content-Length: 100000\r\n', 'x'.repeat(1000)))
      await until(() => origin.requests.length > i, 'the upload is at the origin')
      client.reset()
    }

    await until(() => origin.requests.every((request) => !request.stillOpen()), 'every upload is aborted')
    await until(() => gateway.gateway.counts().requests === 0, 'no request is left')

    assert.deepEqual(
      [origin.requests.length, origin.requests.filter((request) => request.complete).length],
      [200, 0],
    )
  })

  test('S08 a client that resets in mid download aborts the upstream, two hundred times (10^5 in the row)', async () => {
    origin.forget()
    origin.script = {
      onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', 'x'.repeat(1000)],
    }
    for (let i = 0; i < 200; i++) {
      using client = await RawClient.connect(gateway.port('plain'))
      client.send(get('/download'))
      await client.message((message) => message.bytes > 0, 'the first bytes')
      client.reset()
    }
    origin.script = {}

    await until(() => origin.requests.every((request) => !request.stillOpen()), 'every download is aborted')
    await until(() => gateway.gateway.counts().requests === 0, 'no request is left')
    const balance = gateway.gateway.counts()

    assert.deepEqual([balance.requests, origin.requests.length], [0, 200])
  })

  test('a slow request does not keep its canary', async () => {
    origin.forget()
    using client = await RawClient.connect(gateway.port('fast'))

    client.send(post('Content-Length: 100\r\n', 'x'))
    await client.message((message) => message.complete, 'the 408')
    client.send(canary)
    await client.ended()

    assert.deepEqual(
      values(
        origin.requests.flatMap((request) => request.fields),
        'x-smug',
      ),
      [],
    )
    assert.ok(!origin.requests.some((request) => request.target === '/smug'))
  })
})
