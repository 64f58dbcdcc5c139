import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, tried, until } from '../support/raw-client.ts'

function chunked(...parts: string[]): string {
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
  return `POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`
}

describe('the limit of request bodies', () => {
  test('refuses a content-length above the limit before anything goes upstream', async () => {
    await using p = await plainGateway({ route: { body: { limit: '100B' } } })
    using client = await RawClient.connect(p.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 101\r\n\r\n')
    await client.ended()

    assert.deepEqual([client.responses.map(status), p.origin.requests.length], [[413], 0])
  })

  test('takes exactly the limit', async () => {
    await using p = await plainGateway({ route: { body: { limit: '100B' } } })

    const { status } = await ask(p.port, postRequest('/', 'x'.repeat(100)))

    assert.equal(status, 200)
  })

  test('refuses a chunked body as soon as it is above the limit, and never completes it upstream', async () => {
    await using p = await plainGateway({ route: { body: { limit: '100B' } } })
    using client = await RawClient.connect(p.port)

    client.send(chunked('x'.repeat(60), 'x'.repeat(60)))
    await client.ended()
    await until(() => p.origin.requests.every((request) => !request.stillOpen()), 'the upload is aborted')

    assert.deepEqual(
      [client.responses.map(status), p.origin.requests.filter((r) => r.complete).length],
      [[413], 0],
    )
  })

  test('takes the listener’s limit, 1 MiB unless it says otherwise', async () => {
    await using p = await plainGateway()

    const answers = [
      await ask(p.port, postRequest('/', 'x'.repeat(1 << 20))),
      await ask(p.port, postRequest('/', 'x'.repeat((1 << 20) + 1))),
    ]

    assert.deepEqual(
      answers.map((a) => a.status),
      [200, 413],
    )
  })

  test('is lifted for a streaming route', async () => {
    await using p = await plainGateway({ route: { body: { mode: 'stream' } } })

    const { status } = await ask(p.port, postRequest('/', 'x'.repeat((1 << 20) + 1)))

    assert.equal(status, 200)
  })
})

describe('the limits of a cluster', () => {
  test('requests: answers 503 above them, and again below', async () => {
    await using p = await plainGateway({ cluster: { limits: { requests: 1 } } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = { onRequest: () => [gate.promise, answer(200, 'ok')] }
    using first = await RawClient.connect(p.port)
    first.send(getRequest('/first'))
    await until(() => p.origin.requests.length === 1, 'the first is under way')

    const above = await ask(p.port, getRequest('/above'))
    gate.resolve()
    await first.response(0)
    const below = await ask(p.port, getRequest('/below'))

    assert.deepEqual(
      [above.status, p.gateway.outcomes[0]?.reason, below.status],
      [503, 'cluster_requests', 200],
    )
  })

  test('connections: a request waits for one, in order', async () => {
    await using p = await plainGateway({ cluster: { limits: { connections: 1 } } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = {
      onRequest: (request) =>
        request.target === '/first' ? [gate.promise, answer(200, 'ok')] : answer(200, 'ok'),
    }
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(p.port)))
    clients[0]!.send(getRequest('/first'))
    await until(() => p.origin.requests.length === 1, 'the first is under way')
    clients[1]!.send(getRequest('/second'))
    await until(() => p.gateway.gateway.counts().requests === 2, 'the second waits')
    clients[2]!.send(getRequest('/third'))
    await until(() => p.gateway.gateway.counts().requests === 3, 'the third waits')

    gate.resolve()
    await Promise.all(clients.map((client) => client.response(0)))
    for (const client of clients) client[Symbol.dispose]()

    assert.deepEqual(
      p.origin.requests.map(({ target, connection }) => [target, connection]),
      [
        ['/first', 0],
        ['/second', 0],
        ['/third', 0],
      ],
    )
  })

  test('pending: answers 503 when too many wait', async () => {
    await using p = await plainGateway({ cluster: { limits: { connections: 1, pending: 1 } } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = { onRequest: () => [gate.promise, answer(200, 'ok')] }
    using first = await RawClient.connect(p.port)
    using second = await RawClient.connect(p.port)
    first.send(getRequest('/1'))
    second.send(getRequest('/2'))
    await until(() => p.gateway.gateway.counts().requests === 2, 'one is under way and one waits')

    const above = await ask(p.port, getRequest('/3'))
    gate.resolve()
    await Promise.all([first.response(0), second.response(0)])

    assert.deepEqual([above.status, p.gateway.outcomes[0]?.reason], [503, 'cluster_pending'])
  })

  test('pending: answers 503 when none comes free in time, however often the wait begins anew', async () => {
    await using p = await plainGateway({ cluster: { limits: { connections: 1 }, connectTimeout: '200ms' } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = { onRequest: () => [gate.promise, answer(200, 'ok')] }
    using first = await RawClient.connect(p.port)
    first.send(getRequest('/1'))
    await until(() => p.gateway.gateway.counts().requests === 1, 'one is under way')

    const above = await ask(p.port, getRequest('/2'))
    gate.resolve()
    await first.response(0)

    assert.deepEqual([above.status, p.gateway.outcomes[0]?.reason], [503, 'cluster_pending'])
  })

  test('a body whose last part came while its request waited leaves the connection reading', async () => {
    await using p = await plainGateway({ cluster: { limits: { connections: 1 } } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = {
      onRequest: ({ target }) => (target === '/1' ? [gate.promise, answer(200, 'ok')] : answer(200, 'ok')),
    }
    using first = await RawClient.connect(p.port)
    using second = await RawClient.connect(p.port)
    first.send(getRequest('/1'))
    await until(() => p.gateway.gateway.counts().requests === 1, 'one is under way')
    const body = 'x'.repeat(70_000)
    second.send(postRequest('/2', body).slice(0, -10_000))
    await until(() => p.gateway.gateway.counts().requests === 2, 'one waits')
    second.send(body.slice(-10_000))
    await until(() => second.socket.writableLength === 0, 'its body has left')

    gate.resolve()
    await second.response(0)
    const next = await second.send(getRequest('/3')).response(1)

    assert.equal(status(next), 200)
  })

  test('a waiting client that leaves frees its place', async () => {
    await using p = await plainGateway({ cluster: { limits: { connections: 1, pending: 1 } } })
    const gate = Promise.withResolvers<void>()
    p.origin.script = { onRequest: () => [gate.promise, answer(200, 'ok')] }
    using first = await RawClient.connect(p.port)
    using second = await RawClient.connect(p.port)
    first.send(getRequest('/1'))
    second.send(getRequest('/2'))
    await until(() => p.gateway.gateway.counts().requests === 2, 'one is under way and one waits')
    second.reset()
    await until(() => p.gateway.gateway.counts().requests === 1, 'the waiting one is gone')

    const third = ask(p.port, getRequest('/3'))
    await until(() => p.gateway.gateway.counts().requests === 2, 'the third waits in its place')
    gate.resolve()

    assert.equal((await third).status, 200)
  })
})

describe('the connection cap of the process', () => {
  test('refuses what is above it at accept, and accepts again below', async () => {
    await using p = await plainGateway({}, { connectionCap: 2 })
    using one = await RawClient.connect(p.port)
    const two = await RawClient.connect(p.port)
    await one.send(getRequest('/')).response(0)
    await two.send(getRequest('/')).response(0)

    const above = await tried(p.port)
    two.reset()
    await until(() => p.gateway.gateway.counts().connections === 1, 'one has left')
    const below = await ask(p.port, getRequest('/'))

    assert.deepEqual([above, below.status], [0, 200])
  })
})
