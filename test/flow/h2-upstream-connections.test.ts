import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setting } from '../../src/wire/h2/protocol.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { type H2Request, type H2Script } from '../support/h2-origin.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { RawClient, until } from '../support/raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
const post = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nok'

/** Holds every request until it is let go. */
function holding(): { script: H2Script; held: H2Request[]; letGo: () => void } {
  const held: H2Request[] = []
  const letGo = () => {
    for (const { stream } of held.splice(0)) stream.head(200).body('late')
  }
  return { script: { onRequest: (request) => held.push(request) }, held, letGo }
}

async function ask(port: number, text: string): Promise<number> {
  using client = await RawClient.connect(port)
  client.send(text)
  const [, status] = (await client.response()).startLine.split(' ')
  return Number(status)
}

describe('connections of HTTP/2 to an endpoint', () => {
  test('carry many requests at once', async () => {
    const { script, held, letGo } = holding()
    await using stage = await h2Stage({ script })

    const asked = Array.from({ length: 50 }, () => ask(stage.port, get))
    await until(() => held.length === 50, '50 requests have come')
    letGo()

    assert.deepEqual(new Set(await Promise.all(asked)), new Set([200]))
    assert.equal(stage.origin.connections.length, 1)
  })

  test('are more than one when the streams that the endpoint allows are used up', async () => {
    const { script, held, letGo } = holding()
    await using stage = await h2Stage({
      script,
      options: { settings: [[setting.maxConcurrentStreams, 2]] },
    })
    const first = ask(stage.port, get)
    await until(() => held.length === 1, 'the first has come')

    const asked = [first, ...Array.from({ length: 4 }, () => ask(stage.port, get))]
    await until(() => held.length === 5, 'all have come')
    const perConnection = stage.origin.connections.map(({ requests }) => requests.size)
    letGo()

    assert.deepEqual(new Set(await Promise.all(asked)), new Set([200]))
    assert.deepEqual(perConnection, [2, 2, 1])
  })

  test('are more than one when the streams that the cluster allows are used up', async () => {
    const { script, held, letGo } = holding()
    await using stage = await h2Stage({ script, cluster: { limits: { streams: 3 } } })

    const asked = Array.from({ length: 6 }, () => ask(stage.port, get))
    await until(() => held.length === 6, 'all have come')
    letGo()
    await Promise.all(asked)

    assert.deepEqual(
      stage.origin.connections.map(({ requests }) => requests.size),
      [3, 3],
    )
  })

  test('let requests wait when there may be no more of them, and serve them in turn', async () => {
    const { script, held, letGo } = holding()
    await using stage = await h2Stage({ script, cluster: { limits: { streams: 1, connections: 1 } } })

    const asked = Array.from({ length: 3 }, () => ask(stage.port, get))
    const seen: number[] = []
    for (let i = 0; i < 3; i++) {
      await until(() => held.length === 1, `request ${i} has come`)
      seen.push(held.length)
      letGo()
    }

    assert.deepEqual(await Promise.all(asked), [200, 200, 200])
    assert.deepEqual(seen, [1, 1, 1])
    assert.equal(stage.origin.connections.length, 1)
  })

  test('end with GOAWAY when they were idle for long', async () => {
    await using stage = await h2Stage({ cluster: { pool: { idle: '50ms' } } })

    await ask(stage.port, get)
    const [connection] = stage.origin.connections
    await until(() => connection?.state === 'fin', 'the connection is ended')

    assert.deepEqual(connection?.goaways, [[0, 'NO_ERROR']])
  })

  test('take no further request when they are old, and end when those they have are over', async () => {
    const { script, held, letGo } = holding()
    const answering: H2Script = {
      onRequest: (request) =>
        request.list.path === '/held' ? script.onRequest?.(request) : request.stream.head(200).body('now'),
    }
    await using stage = await h2Stage({ script: answering, cluster: { pool: { age: '20ms' } } })
    const first = ask(stage.port, get.replace('/', '/held'))
    await until(() => held.length === 1, 'the first has come')
    const [old] = stage.origin.connections

    while (stage.origin.connections.length < 2) assert.equal(await ask(stage.port, get), 200)
    const stateBefore = old?.state
    letGo()

    assert.equal(await first, 200)
    assert.equal(stateBefore, 'open')
    await until(() => old?.state === 'fin', 'the old one is ended')
  })

  test('outlive a request that its client gave up', async () => {
    const { script, held } = holding()
    await using stage = await h2Stage({ script })
    const client = await RawClient.connect(stage.port)
    client.send(get)
    await until(() => held.length === 1, 'it has come')

    client.reset()
    await until(() => held[0]?.reset !== undefined, 'its stream is reset')

    assert.equal(held[0]?.reset, 'CANCEL')
    stage.origin.script = {}
    assert.equal(await ask(stage.port, get), 200)
    assert.equal(stage.origin.connections.length, 1)
  })

  test('get no further requests while nobody knows whether the endpoint lives', async () => {
    await using stage = await h2Stage({
      script: { onRequest: () => {} },
      options: { pongs: 'no' },
      route: { timeouts: { perTry: '1100ms' } },
    })
    const status = await ask(stage.port, get)
    stage.origin.script = {}

    assert.equal(status, 504)
    assert.equal(await ask(stage.port, get), 200)
    assert.deepEqual(
      stage.origin.connections.map(({ requests, pings }) => [requests.size, pings]),
      [
        [1, 1],
        [1, 0],
      ],
    )
  })

  test('get further requests when the endpoint lives, however slow it is', async () => {
    await using stage = await h2Stage({
      script: { onRequest: () => {} },
      route: { timeouts: { perTry: '1100ms' } },
    })
    await ask(stage.port, get)
    stage.origin.script = {}
    const [connection] = stage.origin.connections
    await until(() => connection?.pings === 1, 'it was asked')

    while (stage.origin.requests.length - stage.origin.connections.length < 1) await ask(stage.port, get)

    assert.ok((connection?.requests.size ?? 0) > 1)
  })

  test('end behind the requests they have when their endpoint is taken out of the configuration', async () => {
    const { script, held, letGo } = holding()
    await using stage = await h2Stage({ script, others: [{}] })
    const config = (address: string) => ({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ to: 'origin' }],
      clusters: { origin: { endpoints: [address], protocol: 'h2' } },
    })
    const [first, second] = stage.origins.map(({ address }) => address)
    await stage.gateway.install(config(first ?? ''))
    const asked = ask(stage.port, get)
    await until(() => held.length === 1, 'it has come')

    await stage.gateway.install(config(second ?? ''))
    const other = await ask(stage.port, get)
    const stateBefore = stage.origin.connections[0]?.state
    letGo()

    assert.deepEqual([other, stateBefore, await asked], [200, 'open', 200])
    await until(() => stage.origin.connections[0]?.state === 'fin', 'the connection is ended')
  })
})

describe('a request that the endpoint did not take', () => {
  const refusing: H2Script = { onRequest: ({ stream }) => stream.reset(7) }

  for (const [what, text] of [
    ['GET', get],
    ['POST', post],
  ] as const) {
    test(`by REFUSED_STREAM goes to another one: ${what}`, async () => {
      await using stage = await h2Stage({
        script: refusing,
        others: [{}],
        cluster: { balance: 'round-robin' },
      })

      const statuses = [await ask(stage.port, text), await ask(stage.port, text)]

      assert.deepEqual(statuses, [200, 200])
      const refused = stage.origin.requests.length
      assert.ok(refused >= 1)
      const attempts = stage.gateway.outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0)
      assert.equal(attempts, 2 + refused)
    })
  }

  test('by any, in the end, is answered with 503', async () => {
    await using stage = await h2Stage({ script: refusing })

    assert.equal(await ask(stage.port, post), 503)

    const outcome = await stage.gateway.outcome()
    assert.deepEqual([outcome.reason, outcome.attempts], ['upstream_refused', 3])
    assert.match(outcome.detail, /REFUSED_STREAM/)
  })

  test('because it is leaving is made again on another connection; what it took goes on', async () => {
    const { script, held } = holding()
    await using stage = await h2Stage({ script })
    const first = ask(stage.port, get)
    await until(() => held.length === 1, 'the first has come')
    const [connection] = stage.origin.connections
    const second = ask(stage.port, post)
    await until(() => held.length === 2, 'the second has come')

    connection?.goaway(held[0]?.stream.id ?? 0)
    await until(() => held.length === 3, 'the second has come again')
    const third = ask(stage.port, get)
    await until(() => held.length === 4, 'the third has come')
    for (const request of [held[0], held[2], held[3]]) request?.stream.head(200).body('late')

    assert.deepEqual(await Promise.all([first, second, third]), [200, 200, 200])
    assert.deepEqual(
      stage.origin.connections.map(({ requests }) => requests.size),
      [2, 2],
    )
    await until(() => connection?.state === 'fin', 'the connection that was left is ended')
  })
})

describe('a request whose connection is lost', () => {
  test('before a byte of the response is made again when it may run twice', async () => {
    await using stage = await h2Stage()
    await ask(stage.port, get)
    let lost = 0
    stage.origin.script = {
      onRequest: ({ stream }) => {
        if (lost++ === 0) stream.connection.socket.resetAndDestroy()
        else stream.head(200).body('again')
      },
    }

    assert.equal(await ask(stage.port, get), 200)

    const outcome = await stage.gateway.outcome(1)
    assert.equal(outcome.attempts, 2)
  })

  test('before a byte of the response is not made again when it may not', async () => {
    await using stage = await h2Stage()
    await ask(stage.port, get)
    stage.origin.script = { onRequest: ({ stream }) => stream.connection.socket.resetAndDestroy() }

    assert.equal(await ask(stage.port, post), 502)

    const outcome = await stage.gateway.outcome(1)
    assert.deepEqual([outcome.reason, outcome.attempts], ['upstream_reset', 1])
  })

  test('takes all others on it along, each with its own end', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream, list }) => {
          if (list.path === '/begun') stream.head(200).body('some', 'open')
        },
      },
    })
    using client = await H2Client.connect(stage.port)
    const begun = client.request(pseudo('GET', '/begun'))
    await until(() => client.answer(begun).bytes === 4, 'a part of the response has come')
    const waiting = client.request(pseudo('POST', '/waiting'), 'x')
    await until(() => stage.origin.requests.length === 2, 'both have come')

    await stage.origin.kill()
    const [first, second] = [await client.response(begun), await client.response(waiting)]

    assert.deepEqual([first.status, h2Body(first), first.reset], [200, 'some', 'INTERNAL_ERROR'])
    assert.equal(second.status, 502)
  })

  test('that could not be made is tried elsewhere', async () => {
    await using stage = await h2Stage({ others: [{}], cluster: { balance: 'round-robin' } })
    await stage.origin.kill()

    const statuses = [await ask(stage.port, post), await ask(stage.port, post)]

    assert.deepEqual(statuses, [200, 200])
  })
})

describe('a stream that the endpoint resets', () => {
  for (const [code, name] of [
    [0, 'NO_ERROR'],
    [2, 'INTERNAL_ERROR'],
    [8, 'CANCEL'],
    [11, 'ENHANCE_YOUR_CALM'],
    [13, 'HTTP_1_1_REQUIRED'],
  ] as const) {
    test(`with ${name} before its head costs its request alone`, async () => {
      await using stage = await h2Stage({ script: { onRequest: ({ stream }) => stream.reset(code) } })

      assert.equal(await ask(stage.port, get), 502)
      stage.origin.script = {}
      assert.equal(await ask(stage.port, get), 200)

      const outcome = await stage.gateway.outcome()
      assert.deepEqual([outcome.reason, outcome.attempts], ['upstream_reset', 1])
      assert.match(outcome.detail, new RegExp(`stream reset: ${name}`))
      assert.equal(stage.origin.connections.length, 1)
    })
  }

  test('after its head leaves the client with an incomplete response', async () => {
    await using stage = await h2Stage({
      script: { onRequest: ({ stream }) => stream.head(200).body('some', 'open').reset(2) },
    })
    using client = await RawClient.connect(stage.port)

    client.send(get)
    await client.ended()

    assert.deepEqual(client.responses, [])
    assert.equal((await stage.gateway.outcome()).reason, 'upstream_incomplete')
  })

  test('with NO_ERROR after a complete response only stops the upload', async () => {
    await using stage = await h2Stage({
      script: { onHead: ({ stream }) => stream.head(200).body('enough').reset(0) },
      options: { credits: 'no' },
    })
    using client = await H2Client.connect(stage.port)

    const id = client.id()
    client.head(id, pseudo('POST'), 'open').body(id, 'x'.repeat(1000), 'open')
    const response = await client.response(id)

    assert.deepEqual([response.status, h2Body(response)], [200, 'enough'])
    assert.equal((await stage.gateway.outcome()).reason, undefined)
  })
})
