import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { describe, test } from 'node:test'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'

/** A request over HTTP/2 that the origin answers when it is let go. */
async function underWay() {
  const stage = await plainGateway()
  const gate = Promise.withResolvers<void>()
  stage.origin.script = { onRequest: () => [gate.promise, answer(200, 'late')] }
  const session = connect(`http://127.0.0.1:${stage.port}`)
  const goaways: number[] = []
  session.on('goaway', (_code, lastStream) => goaways.push(lastStream))
  const stream = session.request({ ':path': '/long' })
  await until(() => stage.origin.requests.length === 1, 'the request is under way')
  return {
    ...stage,
    gate,
    session,
    stream,
    goaways,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  }
}

async function bodyOf(stream: ReturnType<ClientHttp2Session['request']>): Promise<string> {
  let text = ''
  for await (const part of stream) text += String(part)
  return text
}

describe('a drain, over HTTP/2', () => {
  test('tells a client with a request under way to go, and lets the request finish', async () => {
    await using p = await underWay()

    const drained = p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 10_000 })
    await until(() => p.goaways.length > 0, 'the client is told to go')
    const whileUnderWay = p.stream.closed
    p.gate.resolve()
    const body = await bodyOf(p.stream)
    await drained

    assert.deepEqual([whileUnderWay, body, p.goaways[0]], [false, 'late', 2 ** 31 - 1])
  })

  test('lets a client without a request end by itself, before anything is refused to it', async () => {
    await using p = await underWay()
    p.gate.resolve()
    await bodyOf(p.stream)
    const closed = once(p.session, 'close')

    await p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 10_000 })
    await closed

    assert.equal(p.goaways[0], 2 ** 31 - 1)
  })
})
