import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, postRequest } from '../support/ask.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { bodyText } from '../support/message-reader.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

describe('request buffering', () => {
  test('sends nothing upstream before the request is complete', async () => {
    await using p = await plainGateway({ route: { body: { buffer: '64KiB' } } })
    using client = await RawClient.connect(p.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234')
    await until(() => p.gateway.gateway.counts().requests === 1, 'the gateway has the head')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const early = p.origin.requests.length
    await client.send('56789').response(0)

    assert.deepEqual([early, p.origin.requests.map(bodyText)], [0, ['0123456789']])
  })

  test('opens no connection for a body that does not come', async () => {
    await using p = await plainGateway({
      listener: { limits: { bodyIdle: '200ms' } },
      route: { body: { buffer: '64KiB' } },
    })
    using client = await RawClient.connect(p.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234')
    await client.ended()

    assert.deepEqual([client.responses.map(status), p.origin.connections.length], [[408], 0])
  })

  test('gives a chunked body that was held whole a length or chunks, unchanged', async () => {
    await using p = await plainGateway({ route: { body: { buffer: '64KiB' } } })

    await ask(
      p.port,
      'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
    )

    assert.deepEqual(p.origin.requests.map(bodyText), ['hello world'])
  })

  test('carries a body above its size: streamed or refused, never cut', async () => {
    await using p = await plainGateway({ route: { body: { buffer: '1KiB' } } })

    const { status } = await ask(p.port, postRequest('/', 'x'.repeat(5000)))

    assert.deepEqual(
      status === 200 ? p.origin.requests.map(({ bytes }) => bytes) : [status],
      status === 200 ? [5000] : [413],
    )
  })

  for (const [size, limit] of [
    [70_000, '128KiB'],
    [300_000, '1MiB'],
  ] as const) {
    test(`holds a whole body of ${size} bytes over HTTP/1.1 and HTTP/2`, async () => {
      await using p = await plainGateway({
        listener: { http2: { streamWindow: '1MiB' } },
        route: { body: { buffer: limit } },
      })
      using client = await H2Client.connect(p.port)

      const { status } = await ask(p.port, postRequest('/', 'x'.repeat(size)))
      const second = await client.response(client.request(pseudo('POST'), 'x'.repeat(size)))

      assert.deepEqual(
        [status, second.status, p.origin.requests.map(({ bytes }) => bytes)],
        [200, 200, [size, size]],
      )
    })
  }
})
