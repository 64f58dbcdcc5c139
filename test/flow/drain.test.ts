import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { getRequest } from '../support/ask.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

/** A request that is under way, and how to let it finish. */
async function underWay() {
  const p = await plainGateway()
  const gate = Promise.withResolvers<void>()
  p.origin.script = {
    onRequest: (request) =>
      request.target === '/slow' ? [gate.promise, answer(200, 'slow')] : answer(200, 'ok'),
  }
  const client = await RawClient.connect(p.port)
  client.send(getRequest('/slow'))
  await until(() => p.origin.requests.length === 1, 'the request is under way')
  return { ...p, gate, client, finish: () => p[Symbol.asyncDispose]() }
}

function tryConnect(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve('refused'))
    socket.once('connect', () => {
      socket.destroy()
      resolve('connected')
    })
  })
}

describe('a drain', () => {
  test('lets a request finish and says connection: close', async () => {
    const p = await underWay()

    const drained = p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 5000 })
    p.gate.resolve()
    const response = await p.client.response(0)
    await drained

    assert.deepEqual(
      [bodyText(response), value(response, 'connection'), await p.client.ended()],
      ['slow', 'close', 'fin'],
    )
    await p.finish()
  })

  test('refuses new connections', async () => {
    const p = await underWay()

    const drained = p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 5000 })
    let outcome = await tryConnect(p.port)
    // The queue is emptied first; who comes in that moment is still served.
    while (outcome === 'connected') outcome = await tryConnect(p.port)
    p.gate.resolve()
    await drained

    assert.equal(outcome, 'refused')
    await p.finish()
  })

  test('goes on accepting during the delay, and closes after each answer', async () => {
    const p = await plainGateway()

    const drained = p.gateway.gateway.drain({ delayMs: 300, timeoutMs: 5000 })
    using client = await RawClient.connect(p.port)
    const response = await client.send(getRequest('/')).response(0)
    await drained

    assert.deepEqual([status(response), value(response, 'connection')], [200, 'close'])
    await p[Symbol.asyncDispose]()
  })

  test('serves connections that wait to be accepted', async () => {
    const p = await plainGateway()
    // Connected by the kernel; this turn of the event loop accepts none of them.
    const sockets = Array.from({ length: 50 }, () => connect(p.port, '127.0.0.1'))
    const answers = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          let text = ''
          socket.on('data', (data) => (text += String(data)))
          socket.on('close', () => resolve(text.slice(9, 12)))
          socket.on('error', () => resolve('error'))
          socket.write(getRequest('/'))
        }),
    )
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))

    await p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 5000 })

    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['200']))
    await p[Symbol.asyncDispose]()
  })

  test('serves the next request of an idle connection, which may be on its way', async () => {
    const p = await plainGateway()
    using client = await RawClient.connect(p.port)
    await client.send(getRequest('/1')).response(0)

    const drained = p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 5000 })
    const response = await client.send(getRequest('/2')).response(1)
    await drained

    assert.deepEqual([status(response), value(response, 'connection')], [200, 'close'])
    await p[Symbol.asyncDispose]()
  })

  test('closes idle connections before the deadline', async () => {
    const p = await plainGateway()
    using client = await RawClient.connect(p.port)
    await client.send(getRequest('/1')).response(0)

    await p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 60_000 })

    assert.equal(await client.ended(), 'fin')
    await p[Symbol.asyncDispose]()
  })

  test('cuts at the deadline what is not finished', async () => {
    const p = await underWay()

    await p.gateway.gateway.drain({ delayMs: 0, timeoutMs: 200 })
    await p.client.ended()
    await until(() => p.gateway.gateway.counts().connections === 0, 'no connection is left')

    assert.equal(p.client.responses.length, 0)
    await p.finish()
  })
})
