import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { value } from '../support/message-reader.ts'
import { answer, chunkedAnswer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: Buffer
  readonly trailers: Record<string, unknown>
}

/** Sends a request with Node's own HTTP/2, and waits for the complete answer. */
async function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined })
  let trailers: Record<string, unknown> = {}
  stream.on('trailers', (came) => {
    trailers = came
  })
  if (body !== undefined) stream.end(body)
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return {
    status: Number(head[constants.HTTP2_HEADER_STATUS]),
    headers: head,
    body: Buffer.concat(parts),
    trailers,
  }
}

describe("Node's own HTTP/2 client", async () => {
  const stage = await plainGateway({ listener: { limits: { body: '8MiB' } } })
  const { gateway, origin } = stage
  let session: ClientHttp2Session

  after(() => stage[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
    session = connect(`http://127.0.0.1:${stage.port}`)
  })
  afterEach(() => session.destroy())

  test('gets the answer of an upstream', async () => {
    const { status, body } = await request(session, { ':path': '/a?b=c', 'x-mine': '1' })

    const outcome = await gateway.outcome()
    assert.deepEqual([status, body.toString()], [200, 'origin'])
    assert.deepEqual(
      [outcome.protocol, outcome.status, outcome.path, outcome.query, outcome.reason],
      ['HTTP/2', 200, '/a', 'b=c', undefined],
    )
  })

  test('sends and gets bodies of 5 MB, several at once', async () => {
    const bodies = Array.from({ length: 4 }, () => randomBytes(5_000_000))
    origin.script = { onRequest: ({ bytes }) => answer(200, 'z'.repeat(bytes)) }

    const answers = await Promise.all(
      bodies.map((body, i) => request(session, { ':method': 'POST', ':path': `/${i}` }, body)),
    )

    assert.deepEqual(
      answers.map(({ body }) => body.length),
      [5_000_000, 5_000_000, 5_000_000, 5_000_000],
    )
    for (const { target, pieces } of origin.requests) {
      const arrived = Buffer.concat(pieces)
      assert.ok(arrived.equals((bodies[Number(target.slice(1))] ?? arrived).subarray(0, arrived.length)))
    }
  })

  test('sees trailers', async () => {
    origin.script = { onRequest: () => chunkedAnswer(['x'], 'x-sum: 9\r\n', 'trailer: x-sum\r\n') }

    assert.equal((await request(session, { ':path': '/' })).trailers['x-sum'], '9')
  })

  test('is told that it may use extended CONNECT', async () => {
    const [settings] = (await once(session, 'remoteSettings')) as [{ enableConnectProtocol?: boolean }]

    assert.equal(settings.enableConnectProtocol, true)
  })

  test('has 500 requests served that it makes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 500 }, () => request(session, { ':path': '/' })))

    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(gateway.outcomes.length, 500)
  })

  test('ends the request upstream by closing its stream', async () => {
    origin.script = { onRequest: () => [] }
    const stream = session.request({ ':path': '/' })
    stream.on('error', () => {})
    await until(() => origin.requests.length === 1, 'the origin has it')

    stream.close(constants.NGHTTP2_CANCEL)

    assert.equal((await gateway.outcome()).reason, 'client_closed')
    await until(() => origin.requests[0]?.stillOpen() === false, 'it ends upstream')
  })

  test('gets HTTP/2 by ALPN over TLS', async () => {
    const ca = makeCa()
    const made = issue(ca, { altNames: ['DNS:a.test'] })
    using folder = testFolder()
    const files = { cert: folder.write('a.pem', made.pem), key: folder.write('a.key', made.keyPem) }
    await using other = await plainGateway({ listener: { tls: { certificates: [files] } } })
    const secure = connect(`https://127.0.0.1:${other.port}`, { ca: ca.pem, servername: 'a.test' })

    const { status } = await request(secure, { ':path': '/', ':authority': 'a.test' })
    secure.close()

    const outcome = await other.gateway.outcome()
    const [upstream] = other.origin.requests
    assert.deepEqual([status, outcome.protocol, outcome.scheme], [200, 'HTTP/2', 'https'])
    assert.equal(upstream && value(upstream, 'x-forwarded-proto'), 'https')
  })

  test('leaves when the gateway drains', async () => {
    await using other = await plainGateway()
    const leaving = connect(`http://127.0.0.1:${other.port}`)
    await request(leaving, { ':path': '/' })
    const [goaway, closed] = [once(leaving, 'goaway'), once(leaving, 'close')]

    await other.gateway.gateway.drain({ delayMs: 0, timeoutMs: 8000 })

    const [code] = (await goaway) as [number]
    await closed
    assert.equal(code, constants.NGHTTP2_NO_ERROR)
  })
})
