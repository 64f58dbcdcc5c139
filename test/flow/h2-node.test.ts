import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { describe, test } from 'node:test'
import { plainGateway } from '../support/plain-gateway.ts'

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** Sends a request with Node's own HTTP/2, and waits for the complete answer. */
async function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: Buffer | string,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return {
    status: Number(head[constants.HTTP2_HEADER_STATUS]),
    headers: head,
    body: Buffer.concat(parts).toString('latin1'),
  }
}

describe('an HTTP/2 client with prior knowledge', () => {
  test('gets the answer of an upstream', async () => {
    await using stage = await plainGateway()
    const session = connect(`http://127.0.0.1:${stage.port}`)

    const answer = await request(session, { ':path': '/a?b=c', 'x-mine': '1' })
    session.close()

    assert.equal(answer.status, 200)
    const outcome = await stage.gateway.outcome()
    assert.deepEqual(
      [outcome.protocol, outcome.status, outcome.path, outcome.query, outcome.reason],
      ['HTTP/2', 200, '/a', 'b=c', undefined],
    )
  })
})
