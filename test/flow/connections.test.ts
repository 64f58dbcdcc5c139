import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { getRequest, postRequest } from '../support/ask.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const { gateway, origin, port, ...rest } = await plainGateway()

describe('connections of clients', () => {
  after(() => rest[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.script = { onRequest: (request) => answer(200, request.target) }
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('carries requests one after the other on one connection', async () => {
    using client = await RawClient.connect(port)

    const first = await client.send(getRequest('/1')).response(0)
    const second = await client.send(getRequest('/2')).response(1)

    assert.deepEqual([bodyText(first), bodyText(second), client.state], ['/1', '/2', 'open'])
  })

  test('does not say connection: keep-alive to an HTTP/1.1 client', async () => {
    using client = await RawClient.connect(port)

    const response = await client.send(getRequest('/')).response(0)

    assert.equal(value(response, 'connection'), undefined)
  })

  test('closes after the answer when the client says close', async () => {
    using client = await RawClient.connect(port)

    const response = await client.send(getRequest('/', 'Connection: close\r\n')).response(0)

    assert.deepEqual([value(response, 'connection'), await client.ended()], ['close', 'fin'])
  })

  test('answers HTTP/1.0 with HTTP/1.1 and closes', async () => {
    using client = await RawClient.connect(port)

    const response = await client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n').response(0)

    assert.deepEqual([response.startLine.slice(0, 12), await client.ended()], ['HTTP/1.1 200', 'fin'])
  })

  test('sends an HTTP/1.0 client a chunked response without chunks', async () => {
    origin.script = {
      onRequest: () => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    }
    using client = await RawClient.connect(port)

    client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n')
    await client.ended()

    assert.deepEqual([client.responses[0]?.framing, client.responses.map(bodyText)], ['close', ['hello']])
  })

  test('answers pipelined requests in order although the first is the slowest', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = {
      onRequest: (request) =>
        request.target === '/slow' ? [gate.promise, answer(200, '/slow')] : answer(200, request.target),
    }
    using client = await RawClient.connect(port)

    client.send(getRequest('/slow') + getRequest('/2') + getRequest('/3'))
    await until(() => origin.requests.length > 0, 'the first is at the origin')
    gate.resolve()
    await client.response(2)

    assert.deepEqual(client.responses.map(bodyText), ['/slow', '/2', '/3'])
  })

  test('answers a local reply between two forwarded ones in its place', async () => {
    using client = await RawClient.connect(port)

    client.send(getRequest('/1') + getRequest('/a%2fb'))
    await client.ended()

    assert.deepEqual(client.responses.map(status), [200, 400])
  })

  test('carries pipelined requests with bodies', async () => {
    origin.script = { onRequest: (request) => answer(200, bodyText(request)) }
    using client = await RawClient.connect(port)

    client.send(postRequest('/1', 'one') + postRequest('/2', 'two') + getRequest('/3'))
    await client.response(2)

    assert.deepEqual(client.responses.map(bodyText), ['one', 'two', ''])
  })

  test('answers a client that has half-closed, and closes then', async () => {
    const gate = Promise.withResolvers<void>()
    origin.script = { onRequest: () => [gate.promise, answer(200, 'late')] }
    using client = await RawClient.connect(port)

    client.send(getRequest('/'))
    client.finish()
    await until(() => origin.requests.length > 0, 'the request is at the origin')
    gate.resolve()

    assert.deepEqual([bodyText(await client.response(0)), await client.ended()], ['late', 'fin'])
  })

  test('answers every pipelined request of a client that has half-closed', async () => {
    using client = await RawClient.connect(port)

    client.send(getRequest('/1') + getRequest('/2') + getRequest('/3'))
    client.finish()
    await client.ended()

    assert.deepEqual(client.responses.map(bodyText), ['/1', '/2', '/3'])
  })

  test('aborts the upstream when the client resets while it waits', async () => {
    origin.script = { onRequest: () => [new Promise(() => undefined)] }
    using client = await RawClient.connect(port)

    client.send(getRequest('/'))
    await until(() => origin.requests.length > 0, 'the request is at the origin')
    client.reset()
    await until(() => origin.requests[0]?.stillOpen() === false, 'the upstream connection is gone')

    assert.deepEqual(
      [(await gateway.outcome()).status, (await gateway.outcome()).reason],
      [499, 'client_closed'],
    )
  })

  test('reuses an upstream connection for the requests of different clients', async () => {
    using one = await RawClient.connect(port)
    await one.send(getRequest('/1')).response(0)
    using two = await RawClient.connect(port)
    await two.send(getRequest('/2')).response(0)

    assert.deepEqual(new Set(origin.requests.map((request) => request.connection)).size, 1)
  })

  test('stops reading when enough pipelined requests wait', async () => {
    origin.script = { onRequest: () => [new Promise(() => undefined)] }
    using client = await RawClient.connect(port)
    const piece = getRequest('/').repeat(25_000)
    let taken = 0

    for (let i = 0; i < 64; i++) client.socket.write(piece, () => taken++)
    await steady(() => taken)

    assert.ok(taken < 48, `${taken} of 64 pieces of 1 MB were taken from the client`)
  })

  test('closes after the number of requests that the listener allows', async () => {
    await using limited = await plainGateway({ listener: { limits: { requestsPerConnection: 2 } } })
    using client = await RawClient.connect(limited.port)

    client.send(getRequest('/1') + getRequest('/2') + getRequest('/3'))
    await client.ended()

    assert.deepEqual(
      client.responses.map((response) => value(response, 'connection')),
      [undefined, 'close'],
    )
  })
})

/** Waits until a number has not changed for a fifth of a second. */
async function steady(count: () => number): Promise<void> {
  let last = -1
  while (count() !== last) {
    last = count()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
