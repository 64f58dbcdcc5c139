import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, beforeEach, describe, test } from 'node:test'
import { brotliDecompressSync, constants, createGunzip, gunzipSync, gzipSync } from 'node:zlib'
import { ask, getRequest } from '../support/ask.ts'
import { decodedBody } from '../support/decoded-body.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { type Message, value } from '../support/message-reader.ts'
import { reset } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const p = await plainGateway({
  listener: { errorDetail: 'on' },
  route: { filters: [{ compress: {} }] },
  routes: [
    { path: '/gzip', filters: [{ compress: { encodings: ['gzip'] } }], to: 'origin' },
    { path: '/br', filters: [{ compress: { encodings: ['br'], level: 'fast' } }], to: 'origin' },
    { path: '/any-site', filters: [{ compress: { crossSite: 'compress' } }], to: 'origin' },
    { path: '/plain', to: 'origin' },
  ],
})
const { gateway, origin, port } = p
const all = 'Accept-Encoding: gzip, deflate, br, zstd\r\n'

/** Text that a page could be. */
function page(bytes: number): string {
  let text = ''
  for (let i = 0; text.length < bytes; i++) text += `<p>line ${i} of ${bytes} in ${i * 7919}</p>\n`
  return text.slice(0, bytes)
}

/** A response with a length, of a type that is compressed unless another one is given. */
function html(body: string, fields = '', type = 'text/html; charset=utf-8'): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`
}

function decoded(message: Message): string {
  return decodedBody(message).toString('latin1')
}

describe('compression', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  for (const coding of ['gzip', 'br', 'zstd']) {
    for (const [what, size] of [
      ['short', 20_000],
      ['long', 3_000_000],
    ] as const) {
      test(`sends a ${what} body as ${coding}, and as it was inside`, async () => {
        const body = page(size)
        origin.script = { onRequest: () => html(body, 'etag: "a"\r\naccept-ranges: bytes\r\n') }

        const { message } = await ask(port, getRequest('/', `Accept-Encoding: ${coding}\r\n`))

        const names = ['content-encoding', 'vary', 'etag', 'accept-ranges']
        assert.deepEqual(
          names.map((name) => value(message, name)),
          [coding, 'accept-encoding', 'W/"a"', undefined],
        )
        assert.ok(decoded(message) === body)
        assert.ok(message.bytes < size / 3, `${message.bytes} bytes`)
        await until(() => gateway.outcomes.length === 1, 'the request is over')
        assert.equal(gateway.outcomes[0]?.responseBytes, message.bytes)
      })
    }
  }

  test('tells the length of a body that came at once, and makes chunks of a long one', async () => {
    origin.script = { onRequest: ({ target }) => html(page(target === '/long' ? 100_000 : 5000)) }

    const [short, long] = [
      await ask(port, getRequest('/short', all)),
      await ask(port, getRequest('/long', all)),
    ]

    assert.equal(Number(value(short.message, 'content-length')), short.message.bytes)
    assert.deepEqual(
      ['content-length', 'transfer-encoding'].map((name) => value(long.message, name)),
      [undefined, 'chunked'],
    )
  })

  test('does not hold back what comes slowly', async () => {
    const rest = Promise.withResolvers<void>()
    const part = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    origin.script = {
      onRequest: () => [
        'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n',
        part('first'),
        rest.promise,
        part(' and last'),
        '0\r\n\r\n',
      ],
    }
    using client = await RawClient.connect(port)
    const flush = { finishFlush: constants.Z_SYNC_FLUSH }

    client.send(getRequest('/gzip', all))
    const soFar = () => Buffer.concat(client.reader.messages.at(-1)?.pieces ?? [])
    await until(
      () => soFar().length > 10 && gunzipSync(soFar(), flush).toString() === 'first',
      'the first part has come',
    )
    rest.resolve()

    assert.equal(decoded(await client.response(0)), 'first and last')
  })

  test('gives HEAD the head of GET, without a length that would be another', async () => {
    const body = page(8000)
    origin.script = {
      onRequest: ({ method }) => (method === 'HEAD' ? html(body).slice(0, -body.length) : html(body)),
    }

    const { message } = await ask(port, `HEAD / HTTP/1.1\r\nHost: a.test\r\n${all}\r\n`)

    assert.deepEqual(
      ['content-encoding', 'vary', 'content-length', 'transfer-encoding'].map((name) => value(message, name)),
      ['zstd', 'accept-encoding', undefined, undefined],
    )
  })

  const body = page(4000)
  const zipped = gzipSync(body).toString('latin1')
  for (const [what, answered, vary, fields = all] of [
    ['a client that did not ask', html(body), 'accept-encoding', ''],
    ['a client that refuses', html(body), 'accept-encoding', 'Accept-Encoding: *;q=0\r\n'],
    ['a short body', html('short'), undefined],
    ['a picture', html(body, '', 'image/png'), undefined],
    ['a body without a type', html(body).replace('content-type', 'x-type'), undefined],
    ['what is coded', html(zipped, 'content-encoding: gzip\r\n'), undefined],
    ['no-transform', html(body, 'cache-control: public, No-Transform\r\n'), undefined],
    ['a part', html(body, 'content-range: bytes 0-3999/9999\r\n').replace('200 OK', '206 P'), undefined],
    ['a stream of events', html(body, '', 'text/event-stream'), undefined],
    [
      'a request that another site made with cookies',
      html(body),
      'accept-encoding',
      `${all}Cookie: a=b\r\nSec-Fetch-Site: cross-site\r\n`,
    ],
  ] as const) {
    test(`leaves ${what} alone`, async () => {
      origin.script = { onRequest: () => answered }

      const { message } = await ask(port, getRequest('/', fields))

      assert.equal(value(message, 'vary'), vary)
      assert.equal(Buffer.concat(message.pieces).toString('latin1'), answered.split('\r\n\r\n')[1])
    })
  }

  test('asks whether another site made the request only where that was said', async () => {
    origin.script = { onRequest: () => html(body) }
    const forged = `${all}Cookie: a=b\r\nSec-Fetch-Site: cross-site\r\n`

    const { message } = await ask(port, getRequest('/any-site', forged))

    assert.equal(value(message, 'content-encoding'), 'zstd')
  })

  test('leaves 304 alone, but for a tag that was weakened', async () => {
    origin.script = { onRequest: () => 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n' }

    const unchanged = await ask(port, getRequest('/', `${all}If-None-Match: W/"a"\r\n`))
    const other = await ask(port, getRequest('/', `${all}If-None-Match: "a"\r\n`))

    assert.deepEqual(
      [unchanged, other].map(({ message }) => [
        status(message),
        value(message, 'etag'),
        value(message, 'vary'),
      ]),
      [
        [304, 'W/"a"', 'accept-encoding'],
        [304, '"a"', undefined],
      ],
    )
  })

  test('keeps a Vary that says it already, and adds to one that does not', async () => {
    origin.script = {
      onRequest: ({ target }) =>
        html(body, target === '/has' ? 'vary: Accept-Encoding\r\n' : 'vary: origin\r\n'),
    }

    const [has, lacks] = [await ask(port, getRequest('/has', all)), await ask(port, getRequest('/', all))]
    const varies = ({ message }: typeof has) =>
      message.fields.filter(([name]) => name.toLowerCase() === 'vary').map(([, text]) => text)

    assert.deepEqual([varies(has), varies(lacks)], [['Accept-Encoding'], ['origin', 'accept-encoding']])
  })

  test('holds for one response of a connection alone', async () => {
    origin.script = { onRequest: ({ target }) => html(page(target.startsWith('/plain') ? 3000 : 90_000)) }
    using client = await RawClient.connect(port)

    client.send(getRequest('/br', all))
    const first = await client.response(0)
    client.send(getRequest('/plain', all))
    const second = await client.response(1)

    assert.deepEqual(
      [first, second].map((message) => [status(message), value(message, 'content-encoding')]),
      [
        [200, 'br'],
        [200, undefined],
      ],
    )
    assert.deepEqual([decoded(first), decoded(second)], [page(90_000), page(3000)])
  })

  test('goes over HTTP/2', async () => {
    const long = page(500_000)
    origin.script = { onRequest: () => html(long) }
    using client = await H2Client.connect(port)

    const id = client.request([...pseudo('GET', '/'), ['accept-encoding', 'br']])
    const got = await client.response(id)

    const bytes = Buffer.concat(got.pieces)
    assert.ok(brotliDecompressSync(bytes).toString('latin1') === long)
  })

  test('breaks off when the upstream does, so that nobody takes it for complete', async () => {
    const text = page(60_000)
    origin.script = {
      onRequest: () => [html(text.padEnd(900_000)).slice(0, 60_000), Promise.resolve(), reset],
    }
    using client = await RawClient.connect(port)

    client.send(getRequest('/', all))
    await until(() => client.state !== 'open', 'the connection is broken off')

    assert.equal(client.responses.length, 0)
    assert.deepEqual(
      gateway.outcomes.map(({ reason }) => reason),
      ['upstream_incomplete'],
    )
  })

  test('answers in the place of a short body that breaks off, of which nothing was sent', async () => {
    origin.script = { onRequest: () => [html(page(5000)).slice(0, 3000), Promise.resolve(), reset] }
    using client = await RawClient.connect(port)

    client.send(getRequest('/', all))
    const message = await client.response(0)

    assert.deepEqual([status(message), value(message, 'x-tidegate-reason')], [502, 'upstream_incomplete'])
    assert.equal(value(message, 'content-encoding'), undefined)
  })

  test('makes the upstream wait for a client that does not read, and goes on with it', async () => {
    // What compresses badly, so that as much has to leave as came.
    const parts = Array.from({ length: 24 }, () => randomBytes(1_000_000))
    let taken = 0
    const steps = parts.map((part) => () => {
      taken++
      return part
    })
    const head = html('', '', 'text/plain').replace('content-length: 0', 'content-length: 24000000')
    origin.script = { onRequest: () => [head, ...steps] }
    const asked = get({ port, path: '/gzip', headers: { host: 'a.test', 'accept-encoding': 'gzip' } })
    const [response] = (await once(asked, 'response')) as [IncomingMessage]

    await until(() => taken > 1, 'the upstream sends')
    let before = -1
    while (taken > before) {
      before = taken
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const whileWaiting = taken
    const unpacked = response.pipe(createGunzip())
    const [got, sent] = [createHash('sha256'), createHash('sha256')]
    for await (const part of unpacked) got.update(part as Buffer)
    for (const part of parts) sent.update(part)

    assert.ok(whileWaiting < parts.length, `${whileWaiting} of ${parts.length} parts were taken`)
    assert.equal(got.digest('hex'), sent.digest('hex'))
  })

  test('ends with a client that leaves', async () => {
    origin.script = { onRequest: () => [html(page(20_000).padEnd(9_000_000)).slice(0, 200_000)] }
    {
      using client = await RawClient.connect(port)
      client.send(getRequest('/', all))
      await until(() => (client.reader.messages.at(-1)?.bytes ?? 0) > 0, 'the response has begun')
      client.socket.resetAndDestroy()
    }

    await until(() => gateway.outcomes.length === 1, 'the request is over')
    await until(() => origin.connections.every(({ state }) => state !== 'open'), 'the upstream is let go')

    assert.equal(gateway.outcomes[0]?.reason, 'client_closed')
  })
})
