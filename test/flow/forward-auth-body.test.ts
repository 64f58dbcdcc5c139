import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, Origin, type OriginRequest } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { isInterim, RawClient, status, until } from '../support/raw-client.ts'

const auth = await Origin.start()

function guarded(path: string, body: object, more: object = {}) {
  return { path, to: 'origin', filters: [{ forwardAuth: { to: 'auth', body } }], ...more }
}

const p = await plainGateway({
  routes: [
    guarded('/whole', { max: '1KiB' }),
    guarded('/part', { max: '10B', onLarger: 'part' }),
    guarded('/large', { max: '1MiB' }),
    guarded('/buffered', { max: '10B', onLarger: 'part' }, { body: { buffer: '1MiB' } }),
    guarded('/idle', { max: '1KiB' }, { timeouts: { idle: '100ms' } }),
    {
      path: '/twice',
      to: 'origin',
      filters: [
        { forwardAuth: { to: 'auth', body: { max: '4B', onLarger: 'part' } } },
        { forwardAuth: { to: 'auth', body: { max: '1KiB' }, method: 'PUT' } },
      ],
    },
  ],
  clusters: { auth: { endpoints: [auth.address], outlier: { consecutiveFailures: 'none' } } },
})
const { origin, gateway, port } = p

const head = (target: string, lines: string) => `POST ${target} HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`

describe('forwardAuth that sends the body', () => {
  after(async () => {
    await p[Symbol.asyncDispose]()
    await auth[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    auth.forget()
    origin.forget()
    gateway.outcomes.length = 0
    auth.script = { onRequest: () => answer(200, '') }
  })

  test('tells it with its type, and brings it upstream as it came', async () => {
    const fields = 'Content-Type: text/x\r\nContent-Encoding: gzip\r\nX-Auth-Body: forged\r\n'
    const got = await ask(port, postRequest('/whole', 'the body', fields))

    const [question] = auth.requests
    assert.deepEqual(
      [got.status, question?.method, question && bodyText(question)],
      [200, 'POST', 'the body'],
    )
    assert.deepEqual(
      ['content-length', 'content-type', 'content-encoding', 'x-auth-body'].map((name) =>
        value(question as OriginRequest, name),
      ),
      ['8', 'text/x', 'gzip', 'whole'],
    )
    assert.deepEqual(origin.requests.map(bodyText), ['the body'])
  })

  test('asks at once about a request without one', async () => {
    await ask(port, getRequest('/whole'))

    const [question] = auth.requests
    assert.deepEqual([question?.method, value(question as OriginRequest, 'content-length')], ['POST', '0'])
    assert.equal(value(question as OriginRequest, 'x-auth-body'), 'whole')
  })

  test('waits for all of it, however it comes', async () => {
    using client = await RawClient.connect(port)
    client.send(`${head('/whole', 'Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n`)
    await until(() => gateway.gateway.counts().requests === 1, 'the head has come')
    assert.equal(auth.requests.length, 0)

    const message = await client.send('6\r\n world\r\n0\r\n\r\n').response(0)

    assert.equal(status(message), 200)
    assert.deepEqual(
      [...auth.requests, ...origin.requests].map((request) => bodyText(request)),
      ['hello world', 'hello world'],
    )
  })

  for (const [what, request] of [
    ['says so', postRequest('/whole', 'x'.repeat(1025))],
    [
      'does not say so',
      `${head('/whole', 'Transfer-Encoding: chunked\r\n')}401\r\n${'x'.repeat(1025)}\r\n0\r\n\r\n`,
    ],
  ] as const) {
    test(`refuses a larger one that ${what}, and asks nobody`, async () => {
      const got = await ask(port, request)

      assert.deepEqual([got.status, auth.requests.length, origin.requests.length], [413, 0, 0])
      assert.equal((await gateway.outcome()).reason, 'body_too_large')
    })
  }

  for (const size of [10, 11, 100, 300_000]) {
    test(`tells a part of ${size} bytes where it is asked to, and brings all upstream`, async () => {
      const body = `0123456789${'x'.repeat(size - 10)}`
      const got = await ask(port, postRequest('/part', body))

      const [question] = auth.requests as [OriginRequest]
      assert.deepEqual(
        [bodyText(question), value(question, 'x-auth-body')],
        ['0123456789', size > 10 ? 'part' : 'whole'],
      )
      assert.deepEqual([got.status, origin.requests[0]?.bytes], [200, size])
      assert.ok(origin.requests.every((request) => bodyText(request) === body))
    })
  }

  test('asks about a part without waiting for the rest', async () => {
    using client = await RawClient.connect(port)
    client.send(`${head('/part', 'Content-Length: 20\r\n')}01234567890`)
    await until(() => auth.requests.length === 1, 'the question has come')

    const message = await client.send('123456789').response(0)

    assert.deepEqual([status(message), origin.requests.map(bodyText)], [200, ['01234567890123456789']])
  })

  for (const path of ['/large', '/buffered', '/twice']) {
    const size = path === '/twice' ? 900 : 900_000
    test(`loses nothing of a large body: ${path}`, async () => {
      const body = Array.from({ length: size / 9 }, (_, i) => String(i).padStart(9, '.')).join('')
      const got = await ask(port, postRequest(path, body))

      assert.deepEqual([got.status, origin.requests[0]?.bytes], [200, body.length])
      assert.ok(origin.requests.every((request) => bodyText(request) === body))
    })
  }

  test('asks several servers about it, each for as much as it takes', async () => {
    await ask(port, postRequest('/twice', '0123456789'))

    assert.deepEqual(
      auth.requests.map((question) => [question.method, bodyText(question)]),
      [
        ['POST', '0123'],
        ['PUT', '0123456789'],
      ],
    )
  })

  test('lets a client that waits for a 100 go on once', async () => {
    using client = await RawClient.connect(port)
    client.send(head('/whole', 'Content-Length: 5\r\nExpect: 100-continue\r\n'))
    await client.message(isInterim, 'a 100')

    const message = await client.send('hello').response(0)

    assert.deepEqual([status(message), origin.requests.map(bodyText)], [200, ['hello']])
    assert.equal(client.received.toString('latin1').split('100 Continue').length, 2)
  })

  test('refuses a client that waits for a 100 with too large a body before it sends it', async () => {
    using client = await RawClient.connect(port)
    client.send(head('/whole', 'Content-Length: 5000\r\nExpect: 100-continue\r\n'))

    assert.equal(status(await client.response(0)), 413)
    assert.doesNotMatch(client.received.toString('latin1'), /100 Continue/)
  })

  test('gives a denial to the client, and nothing upstream', async () => {
    auth.script = { onRequest: () => answer(403, 'no') }
    using client = await RawClient.connect(port)
    client.send(postRequest('/whole', 'a body') + getRequest('/'))

    assert.deepEqual(
      [status(await client.response(0)), status(await client.response(1)), origin.requests.length],
      [403, 200, 1],
    )
  })

  test('gives up a body that stands still', async () => {
    using client = await RawClient.connect(port)
    client.send(`${head('/idle', 'Content-Length: 5\r\n')}he`)

    assert.equal(status(await client.response(0)), 408)
    assert.deepEqual([(await gateway.outcome()).reason, auth.requests.length], ['request_body_timeout', 0])
  })

  test('forgets a request whose client leaves', async () => {
    const client = await RawClient.connect(port)
    client.send(`${head('/whole', 'Content-Length: 5\r\n')}he`)
    await until(() => gateway.gateway.counts().requests === 1, 'the head has come')
    client.reset()

    assert.equal((await gateway.outcome()).reason, 'client_closed')
    assert.deepEqual([auth.requests.length, gateway.gateway.counts().requests], [0, 0])
  })

  test('tells the body of a stream of HTTP/2, and of a call of gRPC', async () => {
    using client = await H2Client.connect(port)
    const plain = client.request(pseudo('POST', '/part'), '0123456789abc')
    const call = client.request(
      [...pseudo('POST', '/part/Call'), ['content-type', 'application/grpc']],
      'a message of a call',
    )
    await Promise.all([client.response(plain), client.response(call)])

    assert.deepEqual(auth.requests.map(bodyText).toSorted(), ['0123456789', 'a message '])
    assert.ok(origin.requests.some((request) => bodyText(request) === '0123456789abc'))
  })
})
