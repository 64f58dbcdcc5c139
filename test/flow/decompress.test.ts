import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { ask, getRequest } from '../support/ask.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, resumeReading, stopReading } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const listener = { errorDetail: 'on', limits: { body: 'none' } }
const p = await plainGateway({
  listener,
  route: { filters: [{ decompress: {} }] },
  routes: [
    { path: '/collected', filters: [{ decompress: {} }], body: { buffer: '1MiB' }, to: 'origin' },
    { path: '/gzip', filters: [{ decompress: { encodings: ['gzip'], limit: '1KiB' } }], to: 'origin' },
    { path: '/after', filters: [{ forwardAuth: { to: 'origin' } }, { decompress: {} }], to: 'origin' },
    {
      path: '/collected-later',
      filters: [{ decompress: {} }, { forwardAuth: { to: 'origin' } }],
      body: { buffer: '1MiB' },
      to: 'origin',
    },
    {
      path: '/before',
      filters: [{ decompress: {} }, { forwardAuth: { to: 'origin', body: { max: '1KiB' } } }],
      to: 'origin',
    },
  ],
})
const { gateway, origin, port } = p

/** Not the best, which takes seconds. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }
const coders = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  br: (bytes: Buffer) => brotliCompressSync(bytes, quick),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
  deflate: (bytes: Buffer) => deflateSync(bytes),
}

/** A POST with a length. */
function post(target: string, body: Buffer, coding: string, more = ''): string {
  const head = `POST ${target} HTTP/1.1\r\nHost: a.test\r\ncontent-encoding: ${coding}\r\n${more}`
  return `${head}Content-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`
}

/** The same in two chunks. */
function chunked(body: Buffer, coding: string): string {
  const half = body.length >> 1
  const parts = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0)
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part.toString('latin1')}\r\n`)
  const head = `POST / HTTP/1.1\r\nHost: a.test\r\ncontent-encoding: ${coding}\r\n`
  return `${head}transfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`
}

function text(bytes: number): string {
  let made = ''
  for (let i = 0; made.length < bytes; i++) made += `line ${i} of ${i * 7919}\n`
  return made.slice(0, bytes)
}

const reasons = () => gateway.outcomes.map(({ status: code, reason }) => [code, reason])

describe('decompression', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  for (const [coding, coder] of Object.entries(coders)) {
    for (const size of [1, 3000, 3_000_000]) {
      test(`hands ${size} bytes of ${coding} on as they were`, async () => {
        const plain = text(size)
        origin.script = { onRequest: (request) => answer(200, `got ${request.bytes}`) }

        const { body } = await ask(port, post('/', coder(Buffer.from(plain)), coding, 'digest: x\r\n'))

        const [request] = origin.requests
        assert.ok(request !== undefined)
        assert.equal(body, `got ${size}`)
        // Of long ones the origin keeps the beginning.
        assert.ok(bodyText(request).length > 0 && plain.startsWith(bodyText(request)))
        assert.deepEqual(
          ['content-encoding', 'content-length', 'transfer-encoding', 'digest'].map((name) =>
            value(request, name),
          ),
          [undefined, undefined, 'chunked', undefined],
        )
      })
    }
  }

  test('keeps every byte of a body without a length', async () => {
    const plain = text(60_000)

    await ask(port, chunked(gzipSync(plain), 'x-gzip'))

    assert.deepEqual(origin.requests.map(bodyText), [plain])
  })

  test('takes two codings off, the outer one first', async () => {
    await ask(port, post('/', brotliCompressSync(gzipSync('twice')), 'gzip, br'))

    assert.deepEqual(origin.requests.map(bodyText), ['twice'])
  })

  test('gives a body that is collected first a length', async () => {
    const plain = text(90_000)

    await ask(port, post('/collected', gzipSync(plain), 'gzip'))

    const [request] = origin.requests
    assert.ok(request !== undefined)
    assert.deepEqual([bodyText(request) === plain, request.length], [true, 90_000])
  })

  test('goes on with a body of which much came while a filter behind waited', async () => {
    const plain = text(900_000)
    const verdict = Promise.withResolvers<void>()
    origin.script = {
      onRequest: ({ method }) =>
        method === 'GET' ? [verdict.promise, answer(200, '')] : answer(200, 'collected'),
    }
    const asked = ask(port, post('/collected-later', gzipSync(plain), 'gzip'))
    await until(() => origin.requests.length === 1, 'the filter asks')
    await new Promise((resolve) => setTimeout(resolve, 200))
    verdict.resolve()

    assert.equal((await asked).body, 'collected')
    assert.equal(origin.requests.at(-1)?.length, 900_000)
  })

  test('takes what came while a filter in front waited', async () => {
    await ask(port, post('/after', gzipSync('later'), 'gzip'))

    assert.deepEqual(origin.requests.map(bodyText), ['', 'later'])
  })

  test('shows the plain body to a filter behind', async () => {
    await ask(port, post('/before', gzipSync('asked about'), 'gzip'))

    assert.deepEqual(origin.requests.map(bodyText), ['asked about', 'asked about'])
  })

  test('leaves plain requests, and identity, alone', async () => {
    const plain = Buffer.from('plain')

    await ask(port, post('/', plain, 'identity'))
    await ask(port, getRequest('/'))
    await ask(port, `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nplain`)

    assert.deepEqual(origin.requests.map(bodyText), ['plain', '', 'plain'])
    assert.deepEqual(
      origin.requests.map((request) => value(request, 'content-length')),
      ['5', undefined, '5'],
    )
  })

  for (const [what, coding] of [
    ['a coding that is not listed', 'br'],
    ['a coding that there is not', 'compress'],
    ['three codings', 'gzip, gzip, gzip'],
  ] as const) {
    test(`answers ${what} with 415 and what is taken`, async () => {
      const { status: code, message } = await ask(port, post('/gzip', Buffer.from('x'), coding))

      assert.deepEqual([code, value(message, 'accept-encoding')], [415, 'gzip'])
      assert.deepEqual(reasons(), [[415, 'unsupported_coding']])
    })
  }

  for (const [coding, coder] of Object.entries(coders)) {
    test(`refuses a bomb of ${coding}, and what is behind it hears no end`, async () => {
      const bomb = coder(Buffer.alloc(200_000_000))
      const before = process.memoryUsage().rss
      using client = await RawClient.connect(port)

      client.expect('POST').send(post('/', bomb, coding))
      const message = await client.response(0)

      assert.deepEqual(
        [status(message), value(message, 'x-tidegate-reason')],
        [413, 'decompressed_too_large'],
      )
      assert.equal(origin.requests.filter(({ complete }) => complete).length, 0)
      assert.ok(process.memoryUsage().rss - before < 100_000_000)
    })
  }

  test('refuses what is longer than the limit', async () => {
    const fits = await ask(port, post('/gzip', gzipSync(text(1024)), 'gzip'))
    const larger = await ask(port, post('/gzip', gzipSync(text(1025)), 'gzip'))

    assert.deepEqual([fits.status, larger.status], [200, 413])
  })

  for (const [what, body] of [
    ['is something else', Buffer.from('this is no gzip')],
    ['breaks off', gzipSync(text(50_000)).subarray(0, -9)],
    ['is damaged', Buffer.concat([gzipSync(text(9000)).subarray(0, -8), Buffer.alloc(8)])],
  ] as const) {
    test(`answers a body that ${what} with 400`, async () => {
      const { status: code } = await ask(port, post('/', body, 'gzip'))

      assert.equal(code, 400)
      assert.deepEqual(reasons(), [[400, 'bad_coding']])
      assert.equal(origin.requests.filter(({ complete }) => complete).length, 0)
    })
  }

  test('is over with its request', async () => {
    using client = await RawClient.connect(port)

    client.expect('POST').send(post('/over', gzipSync('first'), 'gzip'))
    await client.response(0)
    client.expect('POST').send('POST /over HTTP/1.1\r\nHost: a.test\r\nContent-Length: 6\r\n\r\nsecond')
    await client.response(1)

    // The head of a request that a test before broke off may come late.
    const own = origin.requests.filter(({ target }) => target === '/over')
    assert.deepEqual(own.map(bodyText), ['first', 'second'])
  })

  test('takes bodies that come over HTTP/2', async () => {
    using client = await H2Client.connect(port)
    const coded = gzipSync(text(20_000))

    const id = client.request([...pseudo('POST', '/'), ['content-encoding', 'gzip']], coded)
    const got = await client.response(id)

    assert.equal(got.status, 200)
    assert.deepEqual(origin.requests.map(bodyText), [text(20_000)])
  })

  test('waits for an upstream that does not read, and goes on with it', async () => {
    const plain = randomBytes(9_000_000)
    const reads = Promise.withResolvers<void>()
    // Of its own, so that no connection is there that reads already.
    await using own = await plainGateway({ listener, route: { filters: [{ decompress: {} }] } })
    own.origin.script = {
      onConnection: () => [stopReading, reads.promise, resumeReading],
      onRequest: (request) => answer(200, `got ${request.bytes}`),
    }
    using client = await RawClient.connect(own.port)
    client.expect('POST').send(post('/', gzipSync(plain), 'gzip'))
    await until(() => own.gateway.gateway.counts().requests === 1, 'the request is there')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const unsent = client.socket.writableLength
    reads.resolve()

    assert.equal(bodyText(await client.response(0)), 'got 9000000')
    assert.ok(unsent > 0, 'the client was made to wait')
  })

  test('ends with a client that leaves', async () => {
    using client = await RawClient.connect(port)
    const coded = gzipSync(text(500_000))

    client.send(post('/', coded, 'gzip').slice(0, 20_000))
    await until(() => origin.connections.length > 0, 'the upload has begun')
    client.socket.resetAndDestroy()
    await until(() => gateway.outcomes.length === 1, 'the request is over')

    assert.deepEqual(
      gateway.outcomes.map(({ reason }) => reason),
      ['client_closed'],
    )
  })
})
