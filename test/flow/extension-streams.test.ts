import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { extended } from '../support/extended-gateway.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { H2Origin } from '../support/h2-origin.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, stopReading } from '../support/origin.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { answering, later, passing, silent } from '../support/scripted-extensions.ts'

const unlimited = { body: { limit: 'none' } }
const sized = (size: number): string => `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${size}\r\n\r\n`

function digest(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}

for (const [how, script] of [
  ['at once', passing()],
  ['a turn later', later(passing())],
] as const) {
  describe(`bodies through extensions ${how}`, () => {
    test('arrive whole, however large', async () => {
      await using g = await extended({ script, route: unlimited })
      const [up, down] = [randomBytes(900_001), randomBytes(1_000_001)]
      g.origin.script = {
        onRequest: () => [`HTTP/1.1 200 OK\r\ncontent-length: ${down.length}\r\n\r\n`, down],
      }
      using client = await RawClient.connect(g.port)

      client.send(sized(up.length)).send(up)
      const got = await client.response(0)

      assert.equal(digest(Buffer.concat(got.pieces)), digest(down))
      assert.equal(digest(Buffer.concat(g.origin.requests[0]!.pieces)), digest(up))
      const { requestBytes, responseBytes } = await g.gateway.outcome()
      assert.deepEqual([requestBytes, responseBytes], [up.length, down.length])
    })

    test('pass as they come', async () => {
      await using g = await extended({ script })
      const gate = Promise.withResolvers<void>()
      g.origin.script = {
        onHead: () => [
          'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n',
          gate.promise,
          '3\r\ntwo\r\n0\r\n\r\n',
        ],
      }
      using client = await RawClient.connect(g.port)

      client.send(sized(8)).send('half')
      await until(() => client.received.includes('one'), 'the first part is there')
      assert.equal(bodyText(g.origin.requests[0]!), 'half')
      client.send('rest')
      await until(() => g.origin.requests[0]?.complete === true, 'the request is whole')
      gate.resolve()

      assert.equal(bodyText(await client.response(0)), 'onetwo')
    })

    test('wait while the origin does not read', async () => {
      await using g = await extended({ script, route: unlimited })
      g.origin.script = { onHead: () => [stopReading] }
      using client = await RawClient.connect(g.port)

      client.send(sized(64 << 20))
      let accepted = 0
      for (let i = 0; i < 64; i++) client.socket.write(Buffer.alloc(1 << 20), () => accepted++)
      await until(() => g.origin.requests.length > 0, 'the head is at the origin')
      await steady(() => accepted)

      assert.ok(accepted < 48, `${accepted} of 64 MiB were taken from the client`)
    })

    test('wait while the client does not read', async () => {
      await using g = await extended({ script })
      let left = 64
      let sent = 0
      const piece = Buffer.alloc(1 << 20)
      g.origin.script = {
        onRequest: () => [
          `HTTP/1.1 200 OK\r\ncontent-length: ${64 << 20}\r\n\r\n`,
          ...Array.from({ length: left }, () => () => {
            left--
            sent++
            return piece
          }),
        ],
      }
      using client = await RawClient.connect(g.port)
      client.socket.pause()

      client.send(getRequest('/'))
      await until(() => sent > 0, 'the response has begun')
      await steady(() => sent)
      assert.ok(sent < 48, `${sent} of 64 MiB were taken from the origin`)
      client.socket.resume()

      assert.equal((await g.gateway.outcome()).responseBytes, 64 << 20)
    })
  })
}

describe('extensions', () => {
  test('that hold a body back make the client wait', async () => {
    const held = () => ({ ...silent, data: () => false })
    await using g = await extended({ script: held, route: unlimited })
    using client = await RawClient.connect(g.port)

    client.send(sized(64 << 20))
    let accepted = 0
    for (let i = 0; i < 64; i++) client.socket.write(Buffer.alloc(1 << 20), () => accepted++)
    await until(() => g.extensions.requests.length > 0, 'the request is in the extensions')
    await steady(() => accepted)

    assert.ok(accepted < 48, `${accepted} of 64 MiB were taken from the client`)
  })

  test('get a client that expects a 100 to send its body', async () => {
    await using g = await extended()
    using client = await RawClient.connect(g.port)

    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
    await client.message(({ startLine }) => startLine.includes('100'))
    client.send('body')

    assert.equal(bodyText(await client.response(0)), 'origin')
    assert.equal(bodyText(g.origin.requests[0]!), 'body')
    assert.equal(value(g.origin.requests[0]!, 'expect'), undefined)
  })

  test('hear nothing of interim responses', async () => {
    await using g = await extended()
    g.origin.script = {
      onRequest: () => `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${answer(200, 'final')}`,
    }

    const got = await ask(g.port, getRequest('/'))

    assert.deepEqual([got.status, got.body], [200, 'final'])
  })

  test('that say nothing are given up when the total time of the route is over', async () => {
    await using g = await extended({ script: () => silent, route: { timeouts: { total: '100ms' } } })

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.status, 504)
    assert.equal((await g.gateway.outcome()).reason, 'route_timeout')
    assert.equal(g.extensions.aborted, 1)
  })

  test('get a 504 when an attempt behind them takes too long', async () => {
    await using g = await extended({ route: { timeouts: { perTry: '100ms' } } })
    g.origin.script = { onRequest: () => [new Promise(() => undefined)] }

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.status, 504)
    const { reason, attempts } = await g.gateway.outcome()
    assert.deepEqual([reason, attempts], ['response_timeout', 1])
  })

  test('that say nothing are given up after the time of one attempt, if none is under way', async () => {
    await using g = await extended({ script: () => silent, route: { timeouts: { perTry: '100ms' } } })

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.status, 500)
    const { reason, detail } = await g.gateway.outcome()
    assert.deepEqual([reason, detail], ['extension_failed', 'gave no response in time'])
    assert.equal(g.extensions.aborted, 1)
  })

  test('hear of an endpoint that stands still before the client does', async () => {
    await using g = await extended({ route: { timeouts: { idle: '100ms' } } })
    g.origin.script = {
      onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart', new Promise(() => undefined)],
    }
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/'))
    await client.ended()

    assert.equal((await g.gateway.outcome()).reason, 'response_timeout')
  })

  test('get requests whose body is held back until it is whole', async () => {
    await using g = await extended({ route: { body: { buffer: '1KiB' } } })
    using client = await RawClient.connect(g.port)

    client.send(sized(8)).send('half')
    await until(() => g.extensions.requests.length === 1, 'the request is in the extensions')
    client.send('rest')
    await client.response(0)

    assert.equal(bodyText(g.origin.requests[0]!), 'halfrest')
  })

  test('refuse bodies that are larger than the route allows', async () => {
    await using g = await extended({ route: { body: { limit: '1KiB' } } })

    const got = await ask(g.port, `${sized(2000)}${'x'.repeat(2000)}`)

    assert.equal(got.status, 413)
    assert.equal(g.extensions.requests.length, 0)
  })
})

describe('HTTP/2 and extensions', () => {
  test('a client of HTTP/2, whose streams are apart', async () => {
    await using g = await extended({ script: later(passing()) })
    g.origin.script = { onRequest: (request) => answer(200, `${request.target} ${bodyText(request)}`) }
    using client = await H2Client.connect(g.port)

    const first = client.id()
    client.head(first, pseudo('POST', '/1'), 'open')
    const second = client.request(pseudo('GET', '/2'))
    const two = await client.response(second)
    client.body(first, 'late', 'end')
    const one = await client.response(first)

    assert.deepEqual([h2Body(one), h2Body(two)], ['/1 late', '/2 '])
    assert.equal((await g.gateway.outcome(1)).protocol, 'HTTP/2')
  })

  test('a client of HTTP/2 that resets its stream', async () => {
    await using g = await extended({ script: () => silent })
    using client = await H2Client.connect(g.port)

    const id = client.request(pseudo())
    await until(() => g.extensions.requests.length === 1, 'the request is in the extensions')
    client.reset(id)

    assert.equal((await g.gateway.outcome()).reason, 'client_closed')
    assert.equal(g.extensions.aborted, 1)
  })

  test('an endpoint of HTTP/2', async () => {
    await using origin = await H2Origin.start({})
    await using g = await extended({
      script: later(passing()),
      route: { to: 'h2' },
      clusters: { h2: { endpoints: [origin.address], protocol: 'h2' } },
    })

    const got = await ask(g.port, `${sized(4)}body`)

    assert.equal(got.body, 'origin')
    assert.equal(Buffer.concat(origin.requests[0]?.pieces ?? []).toString(), 'body')
  })

  test('a call of gRPC is refused with its own code', async () => {
    await using g = await extended({ script: answering(200, 'never') })
    using client = await H2Client.connect(g.port)

    const id = client.request([
      ...pseudo('POST', '/a.B/C'),
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ])
    const got = await client.response(id)

    assert.deepEqual(
      got.fields.find(([name]) => name === 'grpc-status'),
      ['grpc-status', '12'],
    )
    const { reason, grpcStatus } = await g.gateway.outcome()
    assert.deepEqual([reason, grpcStatus], ['extension_protocol', 12])
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
