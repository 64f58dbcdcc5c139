import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { value } from '../support/message-reader.ts'
import { answer, chunkedAnswer, fin } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

const p = await plainGateway({
  listener: { errorDetail: 'on' },
  route: { body: { responseLimit: '1KiB' } },
})
const { gateway, origin, port } = p
const reasons = () => gateway.outcomes.map(({ status, reason }) => [status, reason])

describe('the limit of a response', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('lets pass what is no longer', async () => {
    origin.script = { onRequest: () => answer(200, 'x'.repeat(1024)) }

    assert.equal((await ask(port, getRequest('/'))).body.length, 1024)
  })

  test('answers in the place of what says it is longer, and goes on', async () => {
    origin.script = { onRequest: ({ target }) => answer(200, 'x'.repeat(target === '/long' ? 1025 : 5)) }
    using client = await RawClient.connect(port)

    client.send(getRequest('/long'))
    const first = await client.response(0)
    client.send(getRequest('/short'))
    const second = await client.response(1)

    assert.equal(value(first, 'x-tidegate-reason'), 'response_too_large')
    assert.equal(second.bytes, 5)
    assert.deepEqual(reasons(), [
      [502, 'response_too_large'],
      [200, undefined],
    ])
  })

  for (const [what, sent] of [
    ['chunks', chunkedAnswer(['x'.repeat(800), 'x'.repeat(800)])],
    ['what ends with its connection', ['HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1600), fin]],
    ['what is whole, with bytes behind it', `${chunkedAnswer(['x'.repeat(1600)])}HTTP/1.1 200`],
  ] as const) {
    test(`breaks ${what} off, so that nobody takes it for complete`, async () => {
      origin.script = { onRequest: () => sent }
      using client = await RawClient.connect(port)

      client.send(getRequest('/'))
      await until(() => client.state !== 'open', 'the connection is broken off')

      assert.equal(client.responses.filter(({ complete }) => complete).length, 0)
      assert.deepEqual(reasons(), [[200, 'response_too_large']])
    })
  }

  test('looks at no length of HEAD', async () => {
    origin.script = { onRequest: () => answer(200, '', 'x-a: b\r\n').replace(': 0', ': 999999') }

    const { status, message } = await ask(port, 'HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, message.length], [200, 999999])
  })

  test('resets the stream of a client that speaks HTTP/2', async () => {
    origin.script = { onRequest: () => chunkedAnswer(['x'.repeat(800), 'x'.repeat(800)]) }
    using client = await H2Client.connect(port)

    const id = client.request(pseudo('GET', '/'))
    const got = await client.response(id)

    assert.notEqual(got.reset, undefined)
    assert.deepEqual(reasons(), [[200, 'response_too_large']])
  })
})
