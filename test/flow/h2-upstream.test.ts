import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { bodyText, value, values } from '../support/message-reader.ts'
import { answer, chunkedAnswer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient } from '../support/raw-client.ts'

describe('a request of HTTP/1.1 to an endpoint of HTTP/2', () => {
  test('goes with its pseudo fields, its end-to-end fields, and nothing of the connection', async () => {
    await using stage = await h2Stage()
    using client = await RawClient.connect(stage.port)

    client.send(
      'GET /a/b?c=d HTTP/1.1\r\nHost: A.test:80\r\nX-Mine: 1\r\nCookie: a=1\r\nTE: trailers\r\nConnection: keep-alive, TE\r\nKeep-Alive: timeout=5\r\n\r\n',
    )
    const response = await client.response()

    assert.equal(bodyText(response), 'origin')
    const [request] = stage.origin.requests
    const { method, scheme, authority, path } = request?.list ?? {}
    assert.deepEqual([method, scheme, authority, path], ['GET', 'http', 'A.test:80', '/a/b?c=d'])
    const fields = request?.fields ?? []
    assert.deepEqual(values(fields, 'x-mine'), ['1'])
    assert.deepEqual(values(fields, 'cookie'), ['a=1'])
    assert.deepEqual(values(fields, 'te'), ['trailers'])
    assert.deepEqual(
      [values(fields, 'connection'), values(fields, 'keep-alive'), values(fields, 'host')],
      [[], [], []],
    )
    assert.equal(request?.ended, true)
  })

  test('keeps the length of its body', async () => {
    await using stage = await h2Stage()
    using client = await RawClient.connect(stage.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello')
    await client.response()

    const [request] = stage.origin.requests
    assert.deepEqual(values(request?.fields ?? [], 'content-length'), ['5'])
    assert.equal(Buffer.concat(request?.pieces ?? []).toString(), 'hello')
  })

  test('brings chunks as DATA, and its trailers behind them', async () => {
    await using stage = await h2Stage()
    using client = await RawClient.connect(stage.port)

    client.send(
      'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-checksum-a: 7\r\n\r\n',
    )
    await client.response()

    const [request] = stage.origin.requests
    assert.deepEqual(values(request?.fields ?? [], 'content-length'), [])
    assert.equal(Buffer.concat(request?.pieces ?? []).toString(), 'abcde')
    assert.deepEqual(request?.trailers, [['x-checksum-a', '7']])
  })

  test('waits with its body for the 100 of the endpoint', async () => {
    await using stage = await h2Stage({
      script: {
        onHead: ({ stream }) => stream.head(100),
        onRequest: ({ stream }) => stream.head(200).body('done'),
      },
    })
    using client = await RawClient.connect(stage.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')
    await client.message(({ startLine }) => startLine.includes('100'))
    client.send('ok')

    assert.equal(bodyText(await client.response()), 'done')
    assert.deepEqual(values(stage.origin.requests[0]?.fields ?? [], 'expect'), ['100-continue'])
  })

  for (const [host, expected] of [
    ['endpoint', /^127\.0\.0\.1:\d+$/],
    ['other.test', /^other\.test$/],
  ] as const) {
    test(`says the authority that "host: ${host}" asks for`, async () => {
      await using stage = await h2Stage({ cluster: { host } })
      using client = await RawClient.connect(stage.port)

      client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.response()

      assert.match(stage.origin.requests[0]?.list.authority ?? '', expected)
    })
  }
})

describe('a response of HTTP/2', () => {
  test('reaches a client of HTTP/1.1 in chunks with its trailers', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream }) =>
          stream
            .head(200, [
              ['x-a', '1'],
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ])
            .body('hello', 'open')
            .trailers([['x-sum', '9']]),
      },
    })
    using client = await RawClient.connect(stage.port)

    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    const response = await client.response()

    assert.equal(response.startLine, 'HTTP/1.1 200 OK')
    assert.equal(value(response, 'transfer-encoding'), 'chunked')
    assert.deepEqual(values(response.fields, 'set-cookie'), ['a=1', 'b=2'])
    assert.equal(bodyText(response), 'hello')
    assert.deepEqual(response.trailers, [['x-sum', '9']])
  })

  test('keeps its length, and then has no trailers for a client of HTTP/1.1', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream }) =>
          stream
            .head(200, [['content-length', '5']])
            .body('hello', 'open')
            .trailers([['x-sum', '9']]),
      },
    })
    using client = await RawClient.connect(stage.port)

    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    const response = await client.response()

    assert.equal(value(response, 'content-length'), '5')
    assert.deepEqual([bodyText(response), response.trailers], ['hello', []])
  })

  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const) {
    test(`to ${method} with ${status} has no body, and the connections go on`, async () => {
      await using stage = await h2Stage({
        script: { onRequest: ({ stream }) => stream.head(status, [['etag', '"1"']], 'end') },
      })
      using client = await RawClient.connect(stage.port)
      client.expect(method, method)

      client.send(`${method} / HTTP/1.1\r\nHost: a.test\r\n\r\n`.repeat(2))
      const second = await client.response(1)

      assert.equal(value(second, 'etag'), '"1"')
      assert.equal(stage.origin.connections.length, 1)
    })
  }

  test('reaches a client of HTTP/2 as it is', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream }) =>
          stream
            .head(200, [['x-a', '1']])
            .body('hello', 'open')
            .trailers([['x-sum', '9']]),
      },
    })
    using client = await H2Client.connect(stage.port)

    const response = await client.response(client.request([...pseudo('POST'), ['te', 'trailers']], 'body'))

    assert.deepEqual([response.status, h2Body(response), response.trailers], [200, 'hello', [['x-sum', '9']]])
    assert.equal(Buffer.concat(stage.origin.requests[0]?.pieces ?? []).toString(), 'body')
    assert.deepEqual(values(stage.origin.requests[0]?.fields ?? [], 'te'), ['trailers'])
  })
})

describe('a request of HTTP/2 to an endpoint of HTTP/1.1', () => {
  test('without a length goes in chunks, with its trailers', async () => {
    await using stage = await plainGateway()
    using client = await H2Client.connect(stage.port)

    const id = client.id()
    client.head(id, [...pseudo('POST'), ['cookie', 'a=1'], ['cookie', 'b=2'], ['te', 'trailers']], 'open')
    client.body(id, 'hello', 'open')
    client.head(id, [['x-checksum-a', '1']], 'end')
    const response = await client.response(id)

    assert.equal(response.status, 200)
    const [request] = stage.origin.requests
    assert.equal(request === undefined ? '' : value(request, 'transfer-encoding'), 'chunked')
    assert.deepEqual(values(request?.fields ?? [], 'cookie'), ['a=1; b=2'])
    assert.deepEqual(values(request?.fields ?? [], 'te'), [])
    assert.deepEqual([request && bodyText(request), request?.trailers], ['hello', [['x-checksum-a', '1']]])
  })

  test('keeps its length, and has none without a body', async () => {
    await using stage = await plainGateway()
    using client = await H2Client.connect(stage.port)

    await client.response(client.request([...pseudo('POST'), ['content-length', '2']], 'ok'))
    await client.response(client.request(pseudo()))

    const lengths = stage.origin.requests.map(({ fields }) => values(fields, 'content-length'))
    assert.deepEqual(lengths, [['2'], []])
    assert.deepEqual(
      stage.origin.requests.map(({ fields }) => values(fields, 'transfer-encoding')),
      [[], []],
    )
  })

  test('gets chunks as DATA, and their trailers', async () => {
    await using stage = await plainGateway()
    stage.origin.script = {
      onRequest: () => chunkedAnswer(['ab', 'c'], 'x-sum: 9\r\n', 'trailer: x-sum\r\n'),
    }
    using client = await H2Client.connect(stage.port)

    const response = await client.response(client.request(pseudo()))

    assert.deepEqual([h2Body(response), response.trailers], ['abc', [['x-sum', '9']]])
  })

  test('gets an answer that came before its body was complete, and is asked to stop', async () => {
    await using stage = await plainGateway()
    stage.origin.script = { onHead: () => answer(413, 'enough') }
    using client = await H2Client.connect(stage.port)

    const id = client.id()
    client.head(id, pseudo('POST'), 'open').body(id, 'some', 'open')
    const response = await client.response(id)

    assert.deepEqual([response.status, h2Body(response)], [413, 'enough'])
  })
})
