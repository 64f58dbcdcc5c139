import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, chunkedAnswer, fin, stopReading } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const { gateway, origin, port, ...rest } = await plainGateway({ route: { body: { limit: 'none' } } })

function digest(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

describe('bodies', () => {
  after(() => rest[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.script = {}
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('carries a request body with its length', async () => {
    await ask(port, postRequest('/', 'hello'))

    assert.deepEqual([origin.requests[0]?.framing, origin.requests.map(bodyText)], ['length', ['hello']])
  })

  test('carries a chunked request body in chunks', async () => {
    await ask(
      port,
      `POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('hello')}${chunk(' world')}0\r\n\r\n`,
    )

    assert.deepEqual(
      [origin.requests[0]?.framing, origin.requests.map(bodyText)],
      ['chunked', ['hello world']],
    )
  })

  test('sends a chunk on before the next one comes', async () => {
    using client = await RawClient.connect(port)

    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('first')}`)
    await until(() => origin.requests[0]?.bytes === 5, 'the first chunk is at the origin')
    client.send(`${chunk('second')}0\r\n\r\n`)
    await client.response(0)

    assert.equal(bodyText(origin.requests[0]!), 'firstsecond')
  })

  test('carries a chunked response in chunks', async () => {
    origin.script = { onRequest: () => chunkedAnswer(['hello', ' world']) }

    const { body, message } = await ask(port, getRequest('/'))

    assert.deepEqual([body, message.framing], ['hello world', 'chunked'])
  })

  test('sends a part of a response on before the next one comes', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = {
      onRequest: () => [
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk('first')}`,
        gate.promise,
        `${chunk('second')}0\r\n\r\n`,
      ],
    }
    using client = await RawClient.connect(port)

    await client.send(getRequest('/')).message((message) => message.bytes === 5, 'the first part')
    gate.resolve()

    assert.equal(bodyText(await client.response(0)), 'firstsecond')
  })

  test('carries a response that ends with its connection, and keeps the client’s', async () => {
    origin.script = {
      onRequest: (request) =>
        request.target === '/end' ? ['HTTP/1.1 200 OK\r\n\r\nto the end', fin] : answer(200, 'next'),
    }
    using client = await RawClient.connect(port)

    const first = await client.send(getRequest('/end')).response(0)
    const second = await client.send(getRequest('/next')).response(1)

    assert.deepEqual([bodyText(first), bodyText(second)], ['to the end', 'next'])
  })

  for (const size of [0, 1, 65_535, 65_536, 3_000_000]) {
    test(`carries ${size} bytes up and down unchanged`, async () => {
      const data = randomBytes(size)
      origin.script = { onRequest: () => [`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`, data] }
      using client = await RawClient.connect(port)

      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${size}\r\n\r\n`).send(data)
      const response = await client.response(0)

      // Both readers keep the first MiB.
      const kept = digest(data.subarray(0, 1 << 20))
      const pieces = [response.pieces, origin.requests[0]?.pieces ?? []]
      assert.deepEqual([response.bytes, origin.requests[0]?.bytes], [size, size])
      assert.deepEqual(
        pieces.map((list) => digest(Buffer.concat(list))),
        [kept, kept],
      )
    })
  }

  test('sends trailers of a request on, and only allowed ones', async () => {
    await ask(
      port,
      `POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: x-checksum\r\n\r\n${chunk('x')}0\r\nx-checksum: 1\r\ncookie: a=b\r\n\r\n`,
    )

    assert.deepEqual(
      origin.requests[0]?.trailers.filter(([name]) => name.toLowerCase() !== 'x-checksum'),
      [],
    )
  })

  test('sends trailers of a response to a client that says TE: trailers', async () => {
    origin.script = {
      onRequest: () => chunkedAnswer(['hello'], 'grpc-status: 0\r\n', 'trailer: grpc-status\r\n'),
    }

    const { message } = await ask(port, getRequest('/', 'TE: trailers\r\nConnection: TE\r\n'))

    assert.deepEqual(message.trailers, [['grpc-status', '0']])
  })

  test('answers HEAD with the head alone, and goes on', async () => {
    origin.script = {
      onRequest: (request) =>
        request.method === 'HEAD' ? 'HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n' : answer(200, 'next'),
    }
    using client = await RawClient.connect(port)

    client.expect('HEAD', 'GET').send('HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n' + getRequest('/'))
    await client.response(1)

    assert.deepEqual(
      [value(client.responses[0]!, 'content-length'), bodyText(client.responses[1]!)],
      ['1234', 'next'],
    )
  })

  for (const code of [204, 304]) {
    test(`carries ${code} without a body, and goes on`, async () => {
      origin.script = {
        onRequest: (request) =>
          request.target === '/none' ? `HTTP/1.1 ${code} Word\r\netag: "x"\r\n\r\n` : answer(200, 'next'),
      }
      using client = await RawClient.connect(port)

      client.send(getRequest('/none') + getRequest('/next'))
      await client.response(1)

      assert.deepEqual(client.responses.map(status), [code, 200])
    })
  }

  test('sends 304 with the content-length that the upstream named', async () => {
    origin.script = {
      onRequest: () => 'HTTP/1.1 304 Not Modified\r\ncontent-length: 999\r\netag: "x"\r\n\r\n',
    }

    const { status, message } = await ask(port, getRequest('/'))

    assert.deepEqual([status, message.complete], [304, true])
  })

  test('goes on with an upload while its response comes, until that is complete', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = { onHead: () => ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel', gate.promise, 'lo'] }
    using client = await RawClient.connect(port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234')
    await client.message((message) => message.bytes === 3, 'the first part of the response')
    client.send('56789')
    await until(() => origin.requests[0]?.complete === true, 'the whole upload is at the origin')
    gate.resolve()

    assert.deepEqual(
      [bodyText(await client.response(0)), bodyText(origin.requests[0]!)],
      ['hello', '0123456789'],
    )
  })

  test('holds an upload back while the origin does not read', async () => {
    origin.script = { onHead: () => [stopReading] }
    using client = await RawClient.connect(port)
    const size = 64 << 20

    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${size}\r\n\r\n`)
    const piece = Buffer.alloc(1 << 20, 'x')
    let accepted = 0
    for (let i = 0; i < 64; i++) client.socket.write(piece, () => accepted++)
    await until(() => origin.requests.length > 0, 'the head is at the origin')
    await steady(() => accepted)

    assert.ok(accepted < 48, `${accepted} of 64 MiB were taken from the client`)
  })
})

/** Waits until a number has not changed for a fifth of a second. */
async function steady(count: () => number): Promise<void> {
  let last = -1
  while (count() !== last) {
    last = count()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
