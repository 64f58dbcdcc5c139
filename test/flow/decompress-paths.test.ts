import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { after, beforeEach, describe, test } from 'node:test'
import { constants, createZstdCompress, gzipSync } from 'node:zlib'
import { ask } from '../support/ask.ts'
import { extended } from '../support/extended-gateway.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { H2Origin } from '../support/h2-origin.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status } from '../support/raw-client.ts'

const h2 = await H2Origin.start({})
const decompress = { decompress: {} }
const p = await plainGateway({
  listener: { limits: { body: 'none' } },
  route: { filters: [decompress], retry: { on: ['status'], methods: ['POST'], backoff: { base: '1ms' } } },
  routes: [
    { path: '/h2', filters: [decompress], to: 'h2' },
    { path: '/held', filters: [decompress], body: { buffer: '64KiB' }, to: 'origin' },
    { path: '/ratio', filters: [{ decompress: { limit: 'none', ratio: 50 } }], to: 'origin' },
  ],
  clusters: { h2: { endpoints: [h2.address], protocol: 'h2' } },
})
const { gateway, origin, port } = p

function post(target: string, body: Buffer, coding: string, more = ''): string {
  const head = `POST ${target} HTTP/1.1\r\nHost: a.test\r\ncontent-encoding: ${coding}\r\n${more}`
  return `${head}Content-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`
}

describe('decompression', () => {
  after(async () => {
    await p[Symbol.asyncDispose]()
    await h2[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  test('lets an upstream say whether the body is to come', async () => {
    origin.script = { onHead: () => ['HTTP/1.1 100 Continue\r\n\r\n'], onRequest: () => answer(200, '') }
    const body = gzipSync('asked for')
    const whole = post('/', body, 'gzip', 'Expect: 100-continue\r\n')
    using client = await RawClient.connect(port)

    client.expect('POST').send(whole.slice(0, -body.length))
    await client.message(({ startLine }) => startLine.includes('100'))
    client.send(body)

    assert.equal(status(await client.response(0)), 200)
    assert.deepEqual(
      origin.requests.map((request) => [bodyText(request), value(request, 'expect')]),
      [['asked for', '100-continue']],
    )
  })

  test('gives every attempt the plain body', async () => {
    const plain = 'again and again '.repeat(500)
    origin.script = { onRequest: () => answer(origin.requests.length === 1 ? 503 : 200, '') }

    const got = await ask(port, post('/', gzipSync(plain), 'gzip'))

    assert.equal(got.status, 200)
    assert.deepEqual(origin.requests.map(bodyText), [plain, plain])
  })

  for (const [bytes, wanted] of [
    [64 * 1024, 200],
    [64 * 1024 + 1, 413],
    [5_000_000, 413],
  ] as const) {
    test(`answers ${wanted} to ${bytes} plain bytes where 64 KiB are held`, async () => {
      const text = Array.from({ length: bytes / 800 }, (_, i) => String(i).padEnd(800, '.')).join('')
      const plain = text.padEnd(bytes, '.')

      const got = await ask(port, post('/held', gzipSync(plain), 'gzip'))

      assert.equal(got.status, wanted)
      assert.deepEqual(origin.requests.map(bodyText), wanted === 200 ? [plain] : [])
      const { reason } = await gateway.outcome()
      assert.equal(reason, wanted === 200 ? undefined : 'body_too_large')
    })
  }

  for (const framing of ['Content-Length: 0\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n']) {
    test(`takes a body of nothing for one, with ${framing.split('\r')[0]}`, async () => {
      const head = 'POST / HTTP/1.1\r\nHost: a.test\r\ncontent-encoding: gzip\r\n'

      const got = await ask(port, head + framing)

      assert.equal(got.status, 200)
      assert.deepEqual(origin.requests.map(bodyText), [''])
    })
  }

  test('takes a body of nothing over HTTP/2 for one', async () => {
    using client = await H2Client.connect(port)
    const fields = [...pseudo('POST', '/'), ['content-encoding', 'gzip']] as const

    const answered = await client.response(client.request(fields, Buffer.alloc(0)))

    assert.equal(answered.status, 200)
  })

  test('gives the plain body to an upstream of HTTP/2', async () => {
    const plain = 'plain '.repeat(5000)

    const got = await ask(port, post('/h2', gzipSync(plain), 'gzip'))

    assert.equal(got.status, 200)
    const [request] = h2.requests
    assert.ok(Buffer.concat(request?.pieces ?? []).equals(Buffer.from(plain)))
    const names = request?.fields.map(([name]) => name) ?? []
    assert.ok(!names.includes('content-encoding') && !names.includes('content-length'))
  })

  test('gives the plain body to extensions', async () => {
    const extension = { extension: import.meta.filename, isolation: 'inline' }
    await using g = await extended({ route: { filters: [decompress, extension] } })

    const got = await ask(g.port, post('/', gzipSync('plain'), 'gzip'))

    assert.equal(got.status, 200)
    assert.deepEqual(g.origin.requests.map(bodyText), ['plain'])
    assert.equal(g.extensions.requests[0]?.length, -1)
    assert.doesNotMatch(g.extensions.requests[0]?.fields ?? '', /content-encoding/)
  })

  test('leaves calls of gRPC as they are', async () => {
    using client = await H2Client.connect(port)
    const fields = [
      ...pseudo('POST', '/h2'),
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['grpc-encoding', 'gzip'],
    ] as const
    const body = gzipSync('a message, as far as we know')

    await client.response(client.request(fields, body))

    const request = h2.requests.at(-1)
    assert.deepEqual(Buffer.concat(request?.pieces ?? []), body)
    assert.ok(request?.fields.some(([name, what]) => name === 'grpc-encoding' && what === 'gzip'))
  })

  for (const type of ['application/grpc', 'application/grpc-web', 'application/grpcx']) {
    test(`takes the coding off what calls itself ${type}`, async () => {
      using client = await H2Client.connect(port)
      const fields = [...pseudo('POST', '/h2'), ['content-type', type], ['content-encoding', 'gzip']] as const

      await client.response(client.request(fields, gzipSync('plain')))

      assert.equal(Buffer.concat(h2.requests.at(-1)?.pieces ?? []).toString(), 'plain')
    })
  }

  test('keeps digests of a body that has no coding, and drops those of one that had', async () => {
    const digest = 'content-digest: sha-256=:x:\r\n'

    await ask(port, post('/', Buffer.from('plain'), 'identity', digest))
    await ask(port, post('/', gzipSync('plain'), 'gzip', digest))

    assert.deepEqual(
      origin.requests.map((request) => [
        value(request, 'content-encoding'),
        value(request, 'content-digest'),
      ]),
      [
        [undefined, 'sha-256=:x:'],
        [undefined, undefined],
      ],
    )
  })

  const empty = gzipSync('')
  const members = (bytes: number) =>
    gzipSync(Buffer.concat(Array.from({ length: bytes / empty.length }, () => empty)))
  for (const [what, target, body] of [
    ['more than the limit', '/', members(20_000_000)],
    ['more than so many times as much as came', '/ratio', members(4_000_000)],
  ] as const) {
    test(`refuses ${what} between two codings, of which nothing comes`, async () => {
      const got = await ask(port, post(target, body, 'gzip, gzip'))

      assert.equal(got.status, 413)
      assert.equal(gateway.outcomes[0]?.reason, 'decompressed_too_large')
    })
  }

  for (const [windowLog, code] of [
    [23, 200],
    [24, 400],
  ] as const) {
    test(`answers ${code} to a window of zstd of 2^${windowLog} bytes`, async () => {
      const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
      stream.write('not the end yet, so that nobody knows the length')
      stream.flush(() => stream.end())

      const got = await ask(port, post('/', await buffer(stream), 'zstd'))

      assert.equal(got.status, code)
    })
  }
})
