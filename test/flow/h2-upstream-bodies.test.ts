import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setting } from '../../src/wire/h2/protocol.ts'
import { startGateway } from '../support/gateway.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { bodyText } from '../support/message-reader.ts'
import { RawClient, until } from '../support/raw-client.ts'

const mebi = 1024 * 1024
const unlimited = { limits: { body: '64MiB' } }

/** What the process holds in buffers now. */
function buffered(): number {
  return process.memoryUsage().arrayBuffers
}

/** Node's own HTTP/2 as the endpoint of a gateway. */
async function nodeStage(onStream: (stream: ServerHttp2Stream) => void) {
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    onStream(stream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const gateway = await startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0', ...unlimited }],
    routes: [{ to: 'api' }],
    clusters: { api: { endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`], protocol: 'h2' } },
  })
  return {
    gateway,
    port: gateway.port(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      server.close()
    },
  }
}

/** The hash of what a GET over HTTP/1.1 brings. */
async function downloaded(port: number): Promise<string> {
  const [response] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [
    IncomingMessage,
  ]
  const seen = createHash('sha256')
  for await (const part of response) seen.update(part as Buffer)
  return seen.digest('hex')
}

describe('large bodies over HTTP/2 to an endpoint', () => {
  const body = randomBytes(8 * mebi)
  const hash = createHash('sha256').update(body).digest('hex')

  test('arrive as they were sent, from many clients at once', async () => {
    await using stage = await nodeStage((stream) => {
      const seen = createHash('sha256')
      stream.on('data', (data: Buffer) => seen.update(data))
      stream.on('end', () => {
        stream.respond({ ':status': 200 })
        stream.end(seen.digest('hex'))
      })
    })

    const upload = async () => {
      using client = await RawClient.connect(stage.port)
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n`)
      client.send(body)
      return bodyText(await client.response())
    }
    const seen = await Promise.all([upload(), upload(), upload()])

    assert.deepEqual(new Set(seen), new Set([hash]))
  })

  test('come back as they were sent, to clients of both protocols', async () => {
    await using stage = await nodeStage((stream) => {
      stream.respond({ ':status': 200 })
      stream.end(body)
    })
    using http2 = await H2Client.connect(stage.port)

    const id = http2.request(pseudo())
    const [first, second] = await Promise.all([downloaded(stage.port), http2.response(id)])

    assert.equal(first, hash)
    assert.equal(createHash('sha256').update(Buffer.concat(second.pieces)).digest('hex'), hash)
  })

  test('are held up by an endpoint that opens no window, in little memory', async () => {
    await using stage = await h2Stage({
      options: { credits: 'no', settings: [[setting.initialWindowSize, 0]] },
      listener: unlimited,
    })
    using client = await RawClient.connect(stage.port)
    const before = buffered()

    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${32 * mebi}\r\n\r\n`)
    const chunk = Buffer.alloc(mebi)
    for (let i = 0; i < 32; i++) client.send(chunk)
    await until(() => stage.origin.requests.length === 1, 'the request has come')
    await until(() => client.socket.writableLength > 16 * mebi, 'the client is held up')
    const grown = buffered() - before

    // What the first window let, before the origin had said that it is closed.
    assert.ok((stage.origin.requests[0]?.bytes ?? 0) <= 65_535)
    assert.ok(grown < 4 * mebi, `${Math.round(grown / 1024)} KiB more in buffers`)
  })

  test('are given up when the endpoint opens no window for too long, and its connection goes on', async () => {
    await using stage = await h2Stage({
      options: { credits: 'no', settings: [[setting.initialWindowSize, 0]] },
      listener: unlimited,
      route: { timeouts: { idle: '200ms' } },
    })
    using client = await RawClient.connect(stage.port)

    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${mebi}\r\n\r\n`)
    client.send(Buffer.alloc(mebi))
    const response = await client.response()
    await until(() => stage.origin.requests[0]?.reset !== undefined, 'the stream is reset')
    using other = await RawClient.connect(stage.port)
    other.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await other.message(({ startLine }) => startLine.includes(' 200 '))

    assert.match(response.startLine, / 504 /)
    assert.equal(stage.origin.connections.length, 1)
  })

  test('are held up by a client that does not read, and other clients are served meanwhile', async () => {
    const part = Buffer.alloc(64 * 1024)
    let sent = 0
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream, list }) => {
          if (list.path !== '/large') {
            stream.head(200).body('small')
            return
          }
          // What the windows let: this origin does not look at them by itself.
          stream.head(200)
          for (; sent < 2 * 64 * 1024; sent += part.length) stream.body(part, 'open')
        },
      },
    })
    using slow = await H2Client.connect(stage.port, {
      credits: 'no',
      settings: [[setting.initialWindowSize, 0]],
    })
    const id = slow.request(pseudo('GET', '/large'))
    await until(() => slow.answer(id).status === 200, 'the head has come')

    for (let i = 0; i < 20; i++) {
      using other = await RawClient.connect(stage.port)
      other.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      assert.equal(bodyText(await other.response()), 'small')
    }

    const [connection] = stage.origin.connections
    assert.equal(stage.origin.connections.length, 1)
    const updates = connection?.frames.filter(({ type, id: of }) => type === 8 && of !== 0) ?? []
    const given = updates.reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0)
    assert.ok(given <= 64 * 1024, `${given} bytes more were asked for`)
    assert.equal(slow.answer(id).bytes, 0)
  })
})

describe('an answer that comes before its request is complete', () => {
  test('goes to the client, and stops the upload', async () => {
    await using stage = await h2Stage({
      script: { onHead: ({ stream }) => stream.head(413).body('enough') },
      listener: unlimited,
    })
    using client = await RawClient.connect(stage.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nstart')
    const response = await client.response()

    assert.match(response.startLine, / 413 /)
    await until(() => stage.origin.requests[0]?.reset !== undefined, 'the upload is stopped')
    assert.equal(stage.origin.requests[0]?.reset, 'CANCEL')
    assert.equal(stage.origin.open.length, 1)
  })

  test('goes on as long as its request does', async () => {
    await using stage = await h2Stage({
      script: {
        onHead: ({ stream }) => stream.head(200),
        onData: ({ stream }, data) => stream.body(data, 'open'),
        onRequest: ({ stream }) => stream.body('.', 'end'),
      },
      listener: unlimited,
    })
    using client = await H2Client.connect(stage.port)
    const id = client.id()
    client.head(id, pseudo('POST'), 'open')

    for (let i = 1; i <= 100; i++) {
      client.body(id, 'x'.repeat(1000), 'open')
      await until(() => client.answer(id).bytes === i * 1000, `part ${i} is back`)
    }
    client.body(id, '', 'end')

    assert.equal((await client.response(id)).bytes, 100_001)
  })
})
