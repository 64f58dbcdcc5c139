import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { testFolder } from '../support/folder.ts'
import { bodyText } from '../support/message-reader.ts'
import { answer, chunkedAnswer } from '../support/origin.ts'
import { find, provide } from '../support/packages.ts'
import { plainGateway } from '../support/plain-gateway.ts'

// HTTP/2 clients that others wrote, against the gateway.

const isThere = provide([
  { program: 'nghttp', debian: 'nghttp2-client', why: 'is an HTTP/2 client that others wrote' },
  { program: 'h2load', debian: 'nghttp2-client', why: 'is an HTTP/2 client that others wrote' },
])
if (!isThere) throw new Error('nghttp and h2load are missing')

const run = promisify(execFile)
const stage = await plainGateway({ listener: { limits: { body: '8MiB' } } })
const { gateway, origin, port } = stage
const folder = testFolder()
const url = `http://127.0.0.1:${port}`

/** What a client prints. */
async function printed(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(find(program) ?? program, args, { maxBuffer: 1 << 26, encoding: 'latin1' })
  return stdout
}

describe('clients that others wrote', () => {
  after(async () => {
    folder[Symbol.dispose]()
    await stage[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  test('nghttp gets several answers at once', async () => {
    origin.script = { onRequest: ({ target }) => answer(200, `<${target}>`) }

    const text = await printed('nghttp', `${url}/a`, `${url}/b`, `${url}/c`)

    for (const path of ['/a', '/b', '/c']) assert.ok(text.includes(`<${path}>`), text)
    assert.deepEqual(new Set(gateway.outcomes.map(({ protocol }) => protocol)), new Set(['HTTP/2']))
  })

  test('nghttp gets a large body through small windows', async () => {
    const body = 'large body '.repeat(200_000)
    origin.script = { onRequest: () => answer(200, body) }

    assert.equal(await printed('nghttp', '-w', '14', '-W', '15', url), body)
  })

  test('nghttp sends a body with padding, priorities and a trailer, which a request with a length cannot carry on', async () => {
    const file = folder.write('body', 'x'.repeat(300_000))

    await printed('nghttp', '-b', '100', '--trailer', 'x-sum: 7', '-d', file, url)

    const [request] = origin.requests
    assert.equal(request && bodyText(request), 'x'.repeat(300_000))
    assert.deepEqual([request?.framing, request?.trailers], ['length', []])
  })

  test('nghttp sees trailers', async () => {
    origin.script = { onRequest: () => chunkedAnswer(['x'], 'x-sum: 9\r\n', 'trailer: x-sum\r\n') }

    assert.match(await printed('nghttp', '-nv', url), /x-sum: 9/)
  })

  test('h2load: 4 clients with 25 streams each, 4,000 requests, none fails', async () => {
    const text = await printed('h2load', '-n', '4000', '-c', '4', '-m', '25', url)

    assert.match(text, /4000 done, 4000 succeeded, 0 failed, 0 errored, 0 timeout/)
    assert.equal(gateway.outcomes.length, 4000)
  })

  test('h2load: uploads of 300 kB on 20 streams each, none fails', async () => {
    const file = folder.write('upload', 'x'.repeat(300_000))

    const text = await printed('h2load', '-n', '100', '-c', '2', '-m', '20', '-d', file, url)

    assert.match(text, /100 done, 100 succeeded, 0 failed, 0 errored, 0 timeout/)
    assert.ok(origin.requests.every(({ bytes, complete }) => complete && bytes === 300_000))
  })
})
