import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest } from '../support/ask.ts'
import { decodedBody } from '../support/decoded-body.ts'
import type { Config } from '../support/gateway.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { type Message, value } from '../support/message-reader.ts'
import { reset } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const page = Array.from({ length: 200 }, (_, i) => `<p>line ${i} of it – ${i * 7919}</p>\n`).join('')
const bytes = Buffer.byteLength(page)
const html = { 'content-type': 'text/html' }
const compress = { compress: {} }

function answering(path: string, respond: Config): Config {
  return { path, name: path.slice(1), filters: [compress, { respond }] }
}

const p = await plainGateway({
  listener: { errorDetail: 'on' },
  route: {
    filters: [{ compress: { minLength: '1B' } }, { errorPages: [{ statuses: [502], body: page }] }],
  },
  routes: [
    answering('/text', { body: page }),
    answering('/page', { body: page, headers: { ...html, etag: '"a"', vary: 'origin' } }),
    answering('/missing', { status: 404, body: page, headers: html }),
    answering('/short', { body: 'short' }),
    answering('/picture', { body: page, headers: { 'content-type': 'image/png' } }),
    answering('/coded', { body: page, headers: { 'content-encoding': 'gzip' } }),
    answering('/as-it-is', { body: page, headers: { 'cache-control': 'no-transform' } }),
    answering('/unchanged', { status: 304, headers: { etag: '"a"' } }),
    answering('/nothing', { status: 204 }),
    { path: '/plain', filters: [{ respond: { body: page } }] },
    { path: '/closed', filters: [compress, { maintenance: { body: page } }], to: 'origin' },
    { path: '/problem', filters: [{ compress: { minLength: '1B' } }], to: 'away' },
  ],
  clusters: { away: { endpoints: ['127.0.0.1:9'] } },
})
const { gateway, origin, port } = p
const all = 'Accept-Encoding: gzip, deflate, br, zstd\r\n'

function decoded(message: Message): string {
  return decodedBody(message).toString()
}

function values(message: Message, ...names: string[]): (string | undefined)[] {
  return names.map((name) => value(message, name))
}

describe('compression of what the configuration answers', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  for (const coding of ['gzip', 'br', 'zstd']) {
    test(`sends a fixed body as ${coding}, with its length, the same every time`, async () => {
      const [first, second] = [
        await ask(port, getRequest('/text', `Accept-Encoding: ${coding}\r\n`)),
        await ask(port, getRequest('/text', `Accept-Encoding: ${coding}\r\n`)),
      ]

      for (const { message } of [first, second]) {
        assert.deepEqual(values(message, 'content-encoding', 'vary', 'content-length'), [
          coding,
          'accept-encoding',
          String(message.bytes),
        ])
        assert.equal(decoded(message), page)
        assert.ok(message.bytes < bytes / 3)
      }
      assert.deepEqual(
        gateway.outcomes.map(({ responseBytes }) => responseBytes),
        [first.message.bytes, second.message.bytes],
      )
    })
  }

  test('weakens its tag, and adds to what it varies by', async () => {
    const { message } = await ask(port, getRequest('/page', all))

    const varies = message.fields.filter(([name]) => name.toLowerCase() === 'vary').map(([, text]) => text)
    assert.deepEqual([value(message, 'etag'), varies], ['W/"a"', ['origin', 'accept-encoding']])
    assert.equal(decoded(message), page)
  })

  test('gives HEAD the head of GET, and no body', async () => {
    using client = await RawClient.connect(port)

    client.expect('HEAD', 'GET').send(`HEAD /text HTTP/1.1\r\nHost: a.test\r\n${all}\r\n`)
    const head = await client.response(0)
    client.send(getRequest('/text', all))
    const got = await client.response(1)

    const names = ['content-encoding', 'vary', 'content-length', 'content-type']
    assert.deepEqual(values(head, ...names), values(got, ...names))
    assert.deepEqual([head.bytes, decoded(got)], [0, page])
    await until(() => gateway.outcomes.length === 2, 'the requests are over')
    assert.deepEqual(
      gateway.outcomes.map(({ responseBytes }) => responseBytes),
      [0, got.bytes],
    )
  })

  test('goes over HTTP/2', async () => {
    using client = await H2Client.connect(port)

    const id = client.request([...pseudo('GET', '/page'), ['accept-encoding', 'br']])
    const { pieces } = await client.response(id)

    assert.equal(brotliDecompressSync(Buffer.concat(pieces)).toString(), page)
  })

  for (const [path, wanted] of [
    ['/missing', 404],
    ['/closed', 503],
  ] as const) {
    test(`holds for status ${wanted}`, async () => {
      const { message } = await ask(port, getRequest(path, all))

      assert.deepEqual([status(message), value(message, 'content-encoding')], [wanted, 'zstd'])
      assert.equal(decoded(message), page)
    })
  }

  test('holds for pages of errors, also in the place of a compressed response that broke off', async () => {
    const short = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5000\r\n\r\n<p>'
    origin.script = { onRequest: () => [short, Promise.resolve(), reset] }

    const { message } = await ask(port, getRequest('/', all))

    assert.deepEqual([status(message), value(message, 'x-tidegate-reason')], [502, 'upstream_incomplete'])
    assert.equal(value(message, 'content-encoding'), 'zstd')
    assert.equal(decoded(message), page)
  })

  const forged = `${all}Cookie: a=b\r\nSec-Fetch-Site: cross-site\r\n`
  for (const [what, path, vary, fields = all] of [
    ['a client that did not ask', '/text', 'accept-encoding', ''],
    ['a request that another site made with cookies', '/text', 'accept-encoding', forged],
    ['a short body', '/short', undefined],
    ['a picture', '/picture', undefined],
    ['no-transform', '/as-it-is', undefined],
    ['a route without compression', '/plain', undefined],
    ['what is not the same every time', '/problem', undefined],
  ] as const) {
    test(`leaves ${what} alone`, async () => {
      const { message } = await ask(port, getRequest(path, fields))

      assert.deepEqual(values(message, 'content-encoding', 'vary', 'content-length'), [
        undefined,
        vary,
        String(message.bytes),
      ])
    })
  }

  test('leaves what says its coding alone', async () => {
    const { message } = await ask(port, getRequest('/coded', all))

    assert.deepEqual([message.bytes, value(message, 'content-encoding')], [bytes, 'gzip'])
  })

  for (const [path, wanted] of [
    ['/unchanged', 304],
    ['/nothing', 204],
  ] as const) {
    test(`adds no body to ${wanted}`, async () => {
      const { message } = await ask(port, getRequest(path, `${all}If-None-Match: "b"\r\n`))

      assert.deepEqual([status(message), message.bytes], [wanted, 0])
      assert.deepEqual(values(message, 'content-encoding', 'vary'), [undefined, undefined])
    })
  }

  test('is counted, without HEAD', async () => {
    const route = '{route="missing",encoding="br"}'
    const asked = getRequest('/missing', 'Accept-Encoding: br\r\n')

    await ask(port, asked.replace('GET', 'HEAD'))
    const { message } = await ask(port, asked)
    await until(() => gateway.outcomes.length === 2, 'the requests are over')

    const lines = (await renderMetrics(gateway.metrics.snapshot())).split('\n')
    const counted = ['compressed_responses', 'compression_input_bytes', 'compression_output_bytes'].map(
      (name) => lines.find((line) => line.startsWith(`tidegate_${name}_total${route}`))?.split(' ')[1],
    )
    assert.deepEqual(counted, ['1', String(bytes), String(message.bytes)])
  })
})
