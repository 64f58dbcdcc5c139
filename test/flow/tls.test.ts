import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { nodeHello } from '../support/client-hello.ts'
import { bodyText, MessageReader } from '../support/message-reader.ts'
import { answer, reset } from '../support/origin.ts'
import { RawClient, status, until, within } from '../support/raw-client.ts'
import { certificateFiles, secureClient, tlsGateway, visit } from '../support/tls-gateway.ts'

const ca = makeCa()
const files = certificateFiles()
const caFile = files.bundle('ca.pem', [ca])
const certificates = [files.pair('a', serverCertificate(ca, ['a.test', 'b.test', 'strict.test']))]
/** Answers with the digest of what it gets, which it takes slowly, or with as many bytes as the path says. */
const digester = createServer((request, response) => {
  const bytes = Number(request.url?.slice('/digest/'.length) ?? 0)
  if (bytes > 0) return void response.end(patterned(bytes))
  const hash = createHash('sha256')
  request.on('data', (data: Buffer) => {
    hash.update(data)
    request.pause()
    setImmediate(() => request.resume())
  })
  request.on('end', () => response.end(hash.digest('hex')))
})
digester.listen(0, '127.0.0.1')
await once(digester, 'listening')

const socketPath = join(files.path, 'gateway.sock')
const gateway = await tlsGateway(
  {
    certificates,
    hosts: [{ names: ['strict.test'], clientCertificates: { ca: caFile } }],
    passthrough: [{ names: ['pass.test'], to: 'origin' }],
    hsts: { maxAge: '30d', includeSubDomains: 'off' },
  },
  {
    listeners: [{ name: 'unix', address: `unix:${socketPath}`, tls: { certificates } }],
    routes: [{ path: '/digest', to: 'digester', body: { limit: 'none' } }],
    clusters: { digester: { endpoints: [`127.0.0.1:${(digester.address() as AddressInfo).port}`] } },
  },
)
const { port, origin } = gateway
const named = { servername: 'a.test', ca: ca.pem, rejectUnauthorized: true } as const

after(async () => {
  await gateway[Symbol.asyncDispose]()
  digester.closeAllConnections()
  digester.close()
  files[Symbol.dispose]()
})
beforeEach(() => {
  origin.forget()
  origin.script = {}
})

/** A client and what it reads. */
async function reading(): Promise<{ client: TLSSocket; reader: MessageReader }> {
  const client = await secureClient(port, { ...named, ALPNProtocols: ['http/1.1'] })
  const reader = new MessageReader({ kind: 'response' })
  client.on('data', (data: Buffer) => reader.push(data))
  client.on('end', () => reader.end())
  client.on('error', () => {})
  return { client, reader }
}

const large = 16 << 20

/** Bytes that tell where they stand. */
function patterned(length: number): Buffer {
  return Buffer.alloc(length, Buffer.from(Array.from({ length: 65_521 }, (_, i) => (i * 7919) >> 3)))
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('over TLS, a request', () => {
  test('is carried for curl, which checks the certificate', async () => {
    const args = [
      '-sS',
      '--cacert',
      caFile,
      '--resolve',
      `a.test:${port}:127.0.0.1`,
      `https://a.test:${port}/x`,
      '-D',
      '-',
    ]

    const { stdout } = await promisify(execFile)('curl', args)

    assert.match(stdout, /^HTTP\/2 200 /)
    assert.match(stdout, /strict-transport-security: max-age=2592000\r\n/)
  })

  test('is carried on a unix socket', async () => {
    const visited = await visit(0, { ...named, path: socketPath })

    assert.equal(visited.status, 200)
  })

  test('tells the upstream of https', async () => {
    await visit(port, named)

    const { head } = origin.requests[0] ?? assert.fail()
    assert.match(head, /\r\nx-forwarded-proto: https\r\n/)
    assert.equal(gateway.gateway.outcomes.at(-1)?.scheme, 'https')
  })

  test('is answered though the client has ended its side', async () => {
    const { client, reader } = await reading()

    client.end('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await within(new Promise((resolve) => client.once('close', resolve)), 'the end')

    assert.equal(status(reader.messages[0]), 200)
    assert.equal(reader.messages[0]?.complete, true)
  })

  test('follows others in the same record, and all are answered in order', async () => {
    const { client, reader } = await reading()
    origin.script = { onRequest: ({ target }) => answer(200, target) }

    client.write(Array.from({ length: 50 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a.test\r\n\r\n`).join(''))
    await until(() => reader.messages.length === 50 && reader.messages[49]?.complete === true, '50 answers')
    client.destroy()

    assert.deepEqual(
      reader.messages.map(bodyText),
      Array.from({ length: 50 }, (_, i) => `/${i}`),
    )
  })

  test('brings 16 MiB to a slow upstream unharmed', async () => {
    const body = randomBytes(large)
    const { client, reader } = await reading()

    client.write(`POST /digest HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n`)
    for (let at = 0; at < body.length; at += 100_000) {
      if (!client.write(body.subarray(at, at + 100_000)))
        await within(once(client, 'drain'), 'the client may go on')
    }
    await until(() => reader.messages[0]?.complete === true, 'the answer')
    client.destroy()

    assert.equal(bodyText(reader.messages[0] ?? assert.fail()), sha(body))
  })

  test('gets 16 MiB though the client reads slowly, unharmed', async () => {
    const client = await secureClient(port, { ...named, ALPNProtocols: ['http/1.1'] })
    client.write(`GET /digest/${large} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
    const pieces: Buffer[] = []
    for await (const piece of client as AsyncIterable<Buffer>) {
      pieces.push(piece)
      await turn()
    }

    const all = Buffer.concat(pieces)

    assert.equal(sha(all.subarray(all.indexOf('\r\n\r\n') + 4)), sha(patterned(large)))
  })

  test('that fails in the middle of its answer ends with a reset, not with an end', async () => {
    origin.script = { onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc', reset] }
    const client = await secureClient(port, { ...named, ALPNProtocols: ['http/1.1'] })
    let ended = false
    client.on('end', () => {
      ended = true
    })
    client.resume()
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => client.once('error', resolve))

    client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.equal((await within(failed, 'an error')).code, 'ECONNRESET')
    assert.equal(ended, false)
  })
})

describe('over TLS and HTTP/2, a connection for one host', () => {
  async function statusFor(authority: string): Promise<number> {
    const session = connectHttp2(`https://a.test:${port}`, { ...named, host: '127.0.0.1', port } as object)
    const stream = session.request({ ':authority': authority })
    const [headers] = (await within(once(stream, 'response'), 'a response')) as [{ ':status': number }]
    stream.resume()
    session.close()
    return headers[':status']
  }

  test('L05 serves another with the same certificate and policy', async () => {
    assert.equal(await statusFor('b.test'), 200)
  })

  test('L05 answers 421 for one that wants a client certificate, on the same certificate', async () => {
    assert.equal(await statusFor('strict.test'), 421)
    assert.equal(await statusFor(`STRICT.test:${port}`), 421)
    assert.equal(origin.requests.length, 0)
  })
})

describe('a passthrough', () => {
  for (const size of [1, 7, 600]) {
    test(`L09 finds the name in a hello in packets of ${size} bytes, and hands on every byte`, async () => {
      using client = await RawClient.connect(port)
      const hello = await nodeHello({ servername: 'Pass.test' })
      const cuts = Array.from({ length: Math.ceil(hello.length / size) - 1 }, (_, i) => (i + 1) * size)

      await client.drip(hello, cuts)

      await until(() => receivedAtOrigin().length >= hello.length, 'the hello is handed on')
      assert.deepEqual(receivedAtOrigin(), hello)
    })
  }

  test('is for its names alone', async () => {
    assert.equal((await visit(port, named)).status, 200)
  })
})

/** What came on the last connection that the origin accepted. */
function receivedAtOrigin(): Buffer {
  return Buffer.concat(origin.connections.at(-1)?.pieces ?? [])
}
