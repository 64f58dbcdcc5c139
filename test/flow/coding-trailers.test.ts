import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ask, getRequest } from '../support/ask.ts'
import { bodyText } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'

const p = await plainGateway({
  route: { filters: [{ decompress: {} }, { compress: {} }] },
  routes: [{ path: '/plain', to: 'origin' }],
})
const { origin, port } = p

const digests = 'content-digest: sha-256=:YQ==:\r\nrepr-digest: sha-256=:YQ==:\r\n'
const status: readonly [string, string] = ['grpc-status', '0']
const ofBytes = [
  ['content-digest', 'sha-256=:YQ==:'],
  ['repr-digest', 'sha-256=:YQ==:'],
]

/** One chunk, with digests and another trailer. */
function chunked(body: Buffer): string {
  return `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n${digests}grpc-status: 0\r\n\r\n`
}

describe('trailers with digests', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
  })

  for (const [what, bytes] of [
    ['at once', 5000],
    ['as a stream', 100_000],
  ] as const) {
    test(`are left out where a body is compressed ${what}`, async () => {
      const plain = 'x'.repeat(bytes)
      const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n'
      origin.script = { onRequest: () => head + chunked(Buffer.from(plain)) }
      const fields = 'TE: trailers\r\nConnection: TE\r\n'

      const coded = await ask(port, getRequest('/', `${fields}Accept-Encoding: gzip\r\n`))
      const same = await ask(port, getRequest('/', fields))

      assert.equal(gunzipSync(Buffer.concat(coded.message.pieces)).toString(), plain)
      assert.deepEqual([coded.message.trailers, same.message.trailers], [[status], [...ofBytes, status]])
    })
  }

  for (const [path, wanted] of [
    ['/', [status]],
    ['/plain', [...ofBytes, status]],
  ] as const) {
    test(`go with the coding of a request, and stay with it: ${path}`, async () => {
      origin.script = { onRequest: () => answer(200, '') }
      const body = gzipSync('plain')
      const head = `POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`

      await ask(port, head + chunked(body))

      const [request] = origin.requests
      assert.deepEqual(request?.trailers, wanted)
      assert.equal(request && bodyText(request) === 'plain', path === '/')
    })
  }
})
