import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { getRequest } from '../support/ask.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { isInterim, RawClient, status, until } from '../support/raw-client.ts'

const { gateway, origin, port, ...rest } = await plainGateway()

const expectHead = 'POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'

function interimLines(client: RawClient): string[] {
  return client.reader.messages.filter(isInterim).map((message) => message.startLine.slice(0, 12))
}

describe('Expect and informational responses', () => {
  after(() => rest[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.script = {}
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('asks the upstream and passes its 100 on before the body comes', async () => {
    origin.script = {
      onHead: () => ['HTTP/1.1 100 Continue\r\n\r\n'],
      onRequest: (request) => answer(200, bodyText(request)),
    }
    using client = await RawClient.connect(port)

    client.send(expectHead)
    await client.message(isInterim, 'a 100')
    const bytesBefore = origin.requests[0]?.bytes
    client.send('hello')
    const response = await client.response(0)

    assert.deepEqual([bytesBefore, bodyText(response), interimLines(client)], [0, 'hello', ['HTTP/1.1 100']])
  })

  test('tells the upstream of the expectation', async () => {
    origin.script = { onHead: () => ['HTTP/1.1 100 Continue\r\n\r\n'], onRequest: () => answer(200, '') }
    using client = await RawClient.connect(port)

    client.send(expectHead)
    await client.message(isInterim, 'a 100')

    assert.equal(value(origin.requests[0]!, 'expect'), '100-continue')
  })

  test('passes a refusal on without the body', async () => {
    origin.script = { onHead: () => [answer(413, 'no')] }
    using client = await RawClient.connect(port)

    const response = await client.send(expectHead).response(0)

    assert.deepEqual([status(response), origin.requests[0]?.bytes, interimLines(client)], [413, 0, []])
  })

  test('uses neither connection again after a refusal without the body', async () => {
    origin.script = { onHead: () => [answer(417, 'no')] }
    using client = await RawClient.connect(port)

    await client.send(expectHead).response(0)
    await client.ended()
    await until(() => origin.requests[0]?.stillOpen() === false, 'the upstream connection is gone')

    assert.equal(origin.requests.length, 1)
  })

  test('does not hold a body back that comes without waiting', async () => {
    origin.script = { onRequest: (request) => answer(200, bodyText(request)) }
    using client = await RawClient.connect(port)

    const response = await client.send(`${expectHead}hello`).response(0)

    assert.equal(bodyText(response), 'hello')
  })

  test('answers itself without a 100 when the route needs no upstream', async () => {
    await using local = await plainGateway({
      routes: [{ path: '/no', filters: [{ respond: { status: 403, body: 'no' } }] }],
    })
    using client = await RawClient.connect(local.port)

    const response = await client.send(expectHead.replace('POST /', 'POST /no')).response(0)

    assert.deepEqual([status(response), interimLines(client)], [403, []])
  })

  test('swallows a 100 that the client did not ask for', async () => {
    origin.script = { onRequest: () => `HTTP/1.1 100 Continue\r\n\r\n${answer(200, 'ok')}` }
    using client = await RawClient.connect(port)

    await client.send(getRequest('/')).response(0)

    assert.deepEqual(interimLines(client), [])
  })

  test('sends no informational response to an HTTP/1.0 client', async () => {
    origin.script = { onRequest: () => `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer(200, 'ok')}` }
    using client = await RawClient.connect(port)

    await client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n').response(0)

    assert.deepEqual(interimLines(client), [])
  })
})
