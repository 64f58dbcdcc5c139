import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { answer, stopReading } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const never = () => [new Promise(() => undefined)]

describe('timeouts of a route', () => {
  test('perTry: answers 504 when the head does not come', async () => {
    await using p = await plainGateway({ route: { timeouts: { perTry: '100ms' } } })
    p.origin.script = { onRequest: never }

    const { status } = await ask(p.port, getRequest('/'))

    assert.deepEqual([status, (await p.gateway.outcome()).reason], [504, 'response_timeout'])
  })

  test('perTry: does not count once the head is there', async () => {
    await using p = await plainGateway({ route: { timeouts: { perTry: '100ms' } } })
    p.origin.script = {
      onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab', after(250), 'cd'],
    }

    const { body } = await ask(p.port, getRequest('/'))

    assert.equal(body, 'abcd')
  })

  test('perTry: does not count while a slow client uploads', async () => {
    await using p = await plainGateway({ route: { timeouts: { perTry: '150ms' } } })
    using client = await RawClient.connect(p.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nab')
    await after(300)
    const early = client.received.length
    const response = await client.send('cd').response(0)

    assert.deepEqual([early, status(response)], [0, 200])
  })

  test('total: answers 504 and closes the upstream connection', async () => {
    await using p = await plainGateway({ route: { timeouts: { total: '100ms' } } })
    p.origin.script = { onRequest: never }

    const { status } = await ask(p.port, getRequest('/'))
    await until(() => p.origin.requests[0]?.stillOpen() === false, 'the upstream connection is gone')

    assert.deepEqual([status, (await p.gateway.outcome()).reason], [504, 'route_timeout'])
  })

  test('total: cuts a response off that is under way', async () => {
    await using p = await plainGateway({ route: { timeouts: { total: '200ms' } } })
    p.origin.script = { onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nab', ...never()] }
    using client = await RawClient.connect(p.port)

    client.send(getRequest('/'))
    await client.ended()

    assert.deepEqual([client.responses.length, (await p.gateway.outcome()).reason], [0, 'route_timeout'])
  })

  test('total: does not hold for a streaming route', async () => {
    await using p = await plainGateway({ route: { timeouts: { total: '100ms' }, body: { mode: 'stream' } } })
    p.origin.script = { onRequest: () => [after(250), answer(200, 'late')] }

    const { body } = await ask(p.port, getRequest('/'))

    assert.equal(body, 'late')
  })

  test('idle: cuts a response off that pauses', async () => {
    await using p = await plainGateway({ route: { timeouts: { idle: '100ms' } } })
    p.origin.script = { onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nab', ...never()] }
    using client = await RawClient.connect(p.port)

    client.send(getRequest('/'))
    await client.ended()

    assert.deepEqual([client.responses.length, (await p.gateway.outcome()).reason], [0, 'response_timeout'])
  })

  test('idle: counts from the last byte', async () => {
    await using p = await plainGateway({ route: { timeouts: { idle: '200ms' } } })
    p.origin.script = {
      onRequest: () => [
        'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n',
        ...[1, 2, 3, 4, 5, 6].flatMap((n) => [after(n * 80), 'x']),
      ],
    }

    const { body } = await ask(p.port, getRequest('/'))

    assert.equal(body, 'xxxxxx')
  })

  test('idle: ends an upload that the upstream does not read', async () => {
    await using p = await plainGateway({ route: { timeouts: { idle: '200ms' }, body: { limit: 'none' } } })
    p.origin.script = { onHead: () => [stopReading] }
    using client = await RawClient.connect(p.port)

    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${64 << 20}\r\n\r\n`)
    client.socket.write(Buffer.alloc(32 << 20))
    await client.ended()

    assert.equal((await p.gateway.outcome()).reason, 'response_timeout')
  })
})

describe('the connect timeout of a cluster', () => {
  test('answers 504 when no connection is made in time', async () => {
    // TEST-NET-1 goes nowhere; where a host answers for it at once, the reason is that of a refusal.
    await using p = await plainGateway({
      route: { to: 'nowhere' },
      clusters: { nowhere: { endpoints: ['192.0.2.1:80'], connectTimeout: '100ms' } },
    })

    const { status } = await ask(p.port, postRequest('/', 'x'))

    assert.ok([503, 504].includes(status))
    assert.ok(['connect_timeout', 'upstream_connect'].includes((await p.gateway.outcome()).reason ?? ''))
  })
})

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
