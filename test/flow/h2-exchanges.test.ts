import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, chunkedAnswer, fin, reset } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'

const stage = await plainGateway({ listener: { limits: { body: '8MiB' } } })
const { gateway, origin, port } = stage

describe('an exchange over HTTP/2', () => {
  after(() => stage[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  test('carries method, path, query, host and fields', async () => {
    using client = await H2Client.connect(port)

    const id = client.request([
      ...pseudo('GET', '/a/b?c=d', 'A.test:99'),
      ['x-mine', 'yes'],
      ['te', 'trailers'],
    ])
    const got = await client.response(id)

    const [request] = origin.requests
    assert.ok(request !== undefined)
    assert.deepEqual([got.status, h2Body(got)], [200, 'origin'])
    assert.equal(request.startLine, 'GET /a/b?c=d HTTP/1.1')
    assert.deepEqual(
      ['host', 'x-mine', 'x-forwarded-proto', 'x-forwarded-host', 'content-length'].map((name) =>
        value(request, name),
      ),
      ['A.test:99', 'yes', 'http', 'A.test:99', undefined],
    )
    const outcome = await gateway.outcome()
    assert.deepEqual([outcome.protocol, outcome.host, outcome.reason], ['HTTP/2', 'a.test', undefined])
    assert.deepEqual(brokenInvariants(origin.connections, origin.requests, gateway.outcomes), [])
  })

  test('joins crumbs of cookies', async () => {
    using client = await H2Client.connect(port)

    await client.response(client.request([...pseudo(), ['cookie', 'a=1'], ['cookie', 'b=2']]))

    assert.equal(value(origin.requests[0] as never, 'cookie'), 'a=1; b=2')
  })

  test('keeps set-cookie lines apart, and drops connection fields of the upstream', async () => {
    origin.script = {
      onRequest: () =>
        answer(
          200,
          'x',
          'set-cookie: a=1\r\nset-cookie: b=2\r\nconnection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\n',
        ),
    }
    using client = await H2Client.connect(port)

    const { fields } = await client.response(client.request(pseudo()))

    assert.deepEqual(
      fields.filter(([name]) => name === 'set-cookie').map(([, text]) => text),
      ['a=1', 'b=2'],
    )
    assert.ok(
      !fields.some(([name]) => ['connection', 'x-hop', 'keep-alive', 'transfer-encoding'].includes(name)),
    )
  })

  test('carries a body with its length', async () => {
    using client = await H2Client.connect(port)

    const id = client.request([...pseudo('POST'), ['content-length', '5']], 'hello')

    assert.equal((await client.response(id)).status, 200)
    const [request] = origin.requests
    assert.deepEqual([request?.framing, request && bodyText(request)], ['length', 'hello'])
    assert.equal((await gateway.outcome()).requestBytes, 5)
  })

  test('carries a body of unknown length in chunks, with the trailers that were announced', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()

    client.head(id, [...pseudo('POST'), ['trailer', 'x-sum']], 'open').body(id, 'hello', 'open')
    client.head(id, [['x-sum', '9']], 'end')

    assert.equal((await client.response(id)).status, 200)
    const [request] = origin.requests
    assert.deepEqual([request?.framing, request && bodyText(request)], ['chunked', 'hello'])
    assert.deepEqual(request?.trailers, [['x-sum', '9']])
  })

  test('carries trailers of a response', async () => {
    origin.script = {
      onRequest: () => chunkedAnswer(['a', 'b'], 'grpc-status: 0\r\n', 'trailer: grpc-status\r\n'),
    }
    using client = await H2Client.connect(port)

    const got = await client.response(client.request([...pseudo(), ['te', 'trailers']]))

    assert.deepEqual([h2Body(got), got.trailers], ['ab', [['grpc-status', '0']]])
  })

  for (const [method, status, extra] of [
    ['HEAD', 200, 'content-length: 7\r\n'],
    ['GET', 204, ''],
    ['GET', 304, ''],
  ] as const) {
    test(`ends a ${status} to ${method} in its head`, async () => {
      origin.script = { onRequest: () => `HTTP/1.1 ${status} Word\r\n${extra}\r\n` }
      using client = await H2Client.connect(port)

      const id = client.request(pseudo(method))
      const got = await client.response(id)

      assert.deepEqual([got.status, got.bytes, got.reset], [status, 0, undefined])
      assert.equal(
        got.fields.find(([name]) => name === 'content-length')?.[1],
        extra === '' ? undefined : '7',
      )
      assert.deepEqual(
        client.frames.filter(({ type, id: of }) => type === 0 && of === id),
        [],
      )
    })
  }

  for (const length of [[], [['content-length', '5']]] as const) {
    test(`passes 100 on to a client that waits with a body of ${length.length === 0 ? 'un' : ''}known length`, async () => {
      origin.script = { onHead: () => 'HTTP/1.1 100 Continue\r\n\r\n', onRequest: () => answer(200, 'done') }
      using client = await H2Client.connect(port)
      const id = client.id()

      client.head(id, [...pseudo('POST'), ['expect', '100-continue'], ...length], 'open')
      await until(() => client.answer(id).interim.length > 0, 'the client may go on')
      client.body(id, 'hello', 'end')

      assert.deepEqual([client.answer(id).interim, h2Body(await client.response(id))], [[100], 'done'])
    })
  }

  test('carries 100 requests at once, each with its own answer', async () => {
    origin.script = { onRequest: ({ target }) => answer(200, target) }
    using client = await H2Client.connect(port)

    const ids = Array.from({ length: 100 }, (_, i) => client.request(pseudo('GET', `/${i}`)))
    const bodies = await Promise.all(ids.map(async (id) => h2Body(await client.response(id))))

    assert.deepEqual(
      bodies,
      ids.map((_, i) => `/${i}`),
    )
    assert.deepEqual(brokenInvariants(origin.connections, origin.requests, gateway.outcomes), [])
  })

  test('carries large bodies both ways', async () => {
    const size = 5_000_000
    const down = Buffer.alloc(size, 'response! ')
    origin.script = {
      onRequest: () => [`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`, down],
    }
    using client = await H2Client.connect(port)
    const id = client.id()
    const up = Buffer.alloc(size, 'request? ')
    client.head(id, [...pseudo('POST'), ['content-length', String(size)]], 'open')

    for (let at = 0; at < size; at += 16_000) {
      const sent = at
      await until(() => windowOf(client, id) >= sent + 16_000, 'the window is open')
      client.body(id, up.subarray(at, at + 16_000), 'open')
    }
    client.body(id, '', 'end')
    const got = await client.response(id)

    assert.equal(got.bytes, size)
    assert.ok(Buffer.concat(got.pieces).equals(down))
    const arrived = Buffer.concat(origin.requests[0]?.pieces ?? [])
    assert.equal(origin.requests[0]?.bytes, size)
    assert.ok(arrived.equals(up.subarray(0, arrived.length)))
  })

  test('answers itself before the body is complete, then dismisses the rest', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()

    client.head(id, [...pseudo('POST'), ['content-length', '100000000']], 'open')
    const got = await client.response(id)
    await until(() => got.reset !== undefined, 'the stream is reset')

    assert.deepEqual([got.status, got.ended, got.reset], [413, true, 'NO_ERROR'])
    assert.deepEqual([(await gateway.outcome()).reason, origin.requests.length], ['body_too_large', 0])
    assert.equal((await client.response(client.request(pseudo()))).status, 200)
  })

  test('passes an early answer of the upstream on, then dismisses the rest', async () => {
    origin.script = { onHead: () => answer(403, 'no') }
    using client = await H2Client.connect(port)
    const id = client.id()

    client.head(id, [...pseudo('POST'), ['content-length', '1000']], 'open').body(id, 'some', 'open')
    const got = await client.response(id)
    await until(() => got.reset !== undefined, 'the stream is reset')

    assert.deepEqual([got.status, h2Body(got), got.reset], [403, 'no', 'NO_ERROR'])
  })

  for (const [name, sent, status, wasReset] of [
    ['before its answer', [reset], 502, undefined],
    ['in mid body', ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', fin], 200, 'INTERNAL_ERROR'],
  ] as const) {
    test(`shows that the upstream died ${name}`, async () => {
      origin.script = { onRequest: () => [...sent] }
      using client = await H2Client.connect(port)

      const got = await client.response(client.request(pseudo('POST'), 'x'))

      assert.deepEqual([got.status, got.reset], [status, wasReset])
      assert.equal(client.state, 'open')
    })
  }

  test('ends upstream when the client resets its stream', async () => {
    origin.script = { onRequest: () => [] }
    using client = await H2Client.connect(port)
    const id = client.request(pseudo())
    await until(() => origin.requests.length === 1, 'the origin has the request')

    client.reset(id)

    const outcome = await gateway.outcome()
    assert.deepEqual([outcome.status, outcome.reason], [499, 'client_closed'])
    await until(() => origin.connections[0]?.state !== 'open', 'the upstream connection ends')
    origin.script = {}
    assert.equal((await client.response(client.request(pseudo()))).status, 200)
  })

  test('ends upstream for every stream when the client leaves', async () => {
    origin.script = { onRequest: () => [] }
    const client = await H2Client.connect(port)
    for (let i = 0; i < 5; i++) client.request(pseudo())
    await until(() => origin.requests.length === 5, 'the origin has the requests')

    client[Symbol.dispose]()

    await gateway.outcome(4)
    assert.deepEqual(new Set(gateway.outcomes.map(({ reason }) => reason)), new Set(['client_closed']))
    await until(
      () => origin.connections.every(({ state }) => state !== 'open'),
      'the upstream connections end',
    )
  })
})

/** Bytes that the gateway allowed on a stream so far. */
function windowOf(client: H2Client, id: number): number {
  const opened = client.frames.filter((each) => each.type === 8 && each.id === id)
  return opened.reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 65_536)
}
