import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { extended } from '../support/extended-gateway.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, chunkedAnswer } from '../support/origin.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { answering, later, passing } from '../support/scripted-extensions.ts'

for (const [how, script] of [
  ['at once', passing()],
  ['a turn later', later(passing())],
] as const) {
  describe(`extensions that let everything through ${how}`, () => {
    test('leave requests and responses as they are', async () => {
      await using g = await extended({ script })
      g.origin.script = { onRequest: () => answer(203, 'hello', 'x-origin: yes\r\n') }

      const got = await ask(g.port, postRequest('/a/b?c=d', 'body', 'x-mine: 1\r\n'))

      assert.deepEqual([got.status, got.body, value(got.message, 'x-origin')], [203, 'hello', 'yes'])
      const [request] = g.origin.requests
      assert.ok(request)
      assert.deepEqual([request.method, request.target, bodyText(request)], ['POST', '/a/b?c=d', 'body'])
      assert.deepEqual([value(request, 'x-mine'), value(request, 'content-length')], ['1', '4'])
      await g.gateway.outcome()
      assert.deepEqual(brokenInvariants(g.origin.connections, g.origin.requests, g.gateway.outcomes), [])
    })

    test('are told of once, with what came of the request behind them', async () => {
      await using g = await extended({ script })

      await ask(g.port, getRequest('/'))

      const outcome = await g.gateway.outcome()
      const { cluster, endpoint, attempts, status, reason, route } = outcome
      assert.deepEqual(
        { cluster, endpoint, attempts, status, reason, route },
        {
          cluster: 'origin',
          endpoint: g.origin.address,
          attempts: 1,
          status: 200,
          reason: undefined,
          route: 'shop',
        },
      )
      assert.ok(outcome.upstreamMs >= 0)
      assert.equal(g.gateway.outcomes.length, 1)
      assert.equal(g.gateway.gateway.counts().requests, 0)
    })

    test('carry bodies of unknown length both ways', async () => {
      await using g = await extended({ script })
      g.origin.script = { onRequest: () => chunkedAnswer(['one', 'two', 'three'], 'x-trailer: lost\r\n') }
      using client = await RawClient.connect(g.port)

      client.send(`POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`)
      await until(() => g.origin.requests.length === 1, 'the head is at the origin')
      client.send('4\r\ndefg\r\n0\r\n\r\n')
      const got = await client.response(0)

      assert.equal(bodyText(got), 'onetwothree')
      assert.equal(bodyText(g.origin.requests[0]!), 'abcdefg')
      assert.equal(value(g.origin.requests[0]!, 'transfer-encoding'), 'chunked')
    })

    test('keep connections of both sides', async () => {
      await using g = await extended({ script })
      using client = await RawClient.connect(g.port)

      for (const index of [0, 1, 2]) {
        client.send(index === 1 ? postRequest('/', 'x') : getRequest('/'))
        await client.response(index)
      }

      assert.equal(g.origin.connections.length, 1)
    })

    test('answer what was sent ahead in its order', async () => {
      await using g = await extended({ script })
      g.origin.script = { onRequest: ({ target }) => answer(200, target) }
      using client = await RawClient.connect(g.port)

      client.send(getRequest('/1') + postRequest('/2', 'x') + getRequest('/3'))
      const last = await client.response(2)

      assert.deepEqual(
        client.responses.map((message) => bodyText(message)),
        ['/1', '/2', '/3'],
      )
      assert.equal(bodyText(last), '/3')
    })

    test('answer HEAD with the length and without the body', async () => {
      await using g = await extended({ script })
      g.origin.script = { onRequest: () => 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n' }

      const got = await ask(g.port, 'HEAD / HTTP/1.1\r\nhost: a.test\r\n\r\n')

      assert.deepEqual([got.status, got.body, value(got.message, 'content-length')], [200, '', '7'])
    })

    test('say where the gateway answers itself behind them', async () => {
      await using g = await extended({ script, route: { to: 'none' }, clusters: { none: { endpoints: [] } } })

      const got = await ask(g.port, getRequest('/'))

      assert.equal(got.status, 503)
      const { reason, cluster, attempts } = await g.gateway.outcome()
      assert.deepEqual([reason, cluster, attempts], ['no_endpoints', 'none', 0])
    })

    test('make attempts again behind them', async () => {
      await using g = await extended({
        script,
        route: { retry: { attempts: 2, on: ['status'], statuses: [503] } },
      })
      let asked = 0
      g.origin.script = { onRequest: () => (++asked === 1 ? answer(503, 'no') : answer(200, 'yes')) }

      const got = await ask(g.port, getRequest('/'))

      assert.deepEqual([got.status, got.body], [200, 'yes'])
      assert.equal((await g.gateway.outcome()).attempts, 2)
    })
  })
}

describe('extensions', () => {
  test('may change everything on the way', async () => {
    const script = passing({
      request: ({ fields }) => ({
        method: 'PUT',
        target: '/other?x=1',
        authority: 'b.test',
        fields: `${fields}x-added: 1\r\n`,
        length: 4,
      }),
      part: (part) => Buffer.from(part.toString().toUpperCase().repeat(2)),
      response: (_status, fields) => [418, `${fields}x-seen: 1\r\n`],
    })
    await using g = await extended({ script })

    const got = await ask(g.port, postRequest('/', 'ab'))

    assert.deepEqual([got.status, value(got.message, 'x-seen')], [418, '1'])
    const [request] = g.origin.requests
    assert.ok(request)
    assert.deepEqual(
      [request.method, request.target, value(request, 'host'), value(request, 'x-added'), bodyText(request)],
      ['PUT', '/other?x=1', 'b.test', '1', 'ABAB'],
    )
    const { path, host, method, status, attempts } = await g.gateway.outcome()
    assert.deepEqual([path, host, method, status, attempts], ['/', 'a.test', 'POST', 418, 1])
  })

  test('may answer without the cluster', async () => {
    await using g = await extended({ script: answering(200, 'mine', 'x-own: 1\r\n') })

    const got = await ask(g.port, postRequest('/', 'body'))

    assert.deepEqual([got.status, got.body, value(got.message, 'x-own')], [200, 'mine', '1'])
    const { attempts, cluster, upstreamMs, reason } = await g.gateway.outcome()
    assert.deepEqual([attempts, cluster, upstreamMs, reason], [0, '', -1, undefined])
    assert.equal(g.origin.requests.length, 0)
  })

  test('stand between the filters in front of them and those behind', async () => {
    const extension = { extension: import.meta.filename, isolation: 'inline' }
    await using g = await extended({
      route: {
        filters: [
          { requestHeaders: { set: { 'x-front': 'a' } } },
          { responseHeaders: { set: { 'x-order': 'front' } } },
          extension,
          { requestHeaders: { set: { 'x-behind': 'b' } } },
          { responseHeaders: { set: { 'x-order': 'behind' } } },
        ],
      },
    })
    let seen = ''
    g.extensions.script = passing({ response: (status, fields) => [status, ((seen = fields), fields)] })

    const got = await ask(g.port, getRequest('/'))

    assert.match(g.extensions.requests[0]?.fields ?? '', /x-front: a\r\n/)
    assert.doesNotMatch(g.extensions.requests[0]?.fields ?? '', /x-behind/)
    assert.deepEqual(
      [value(g.origin.requests[0]!, 'x-front'), value(g.origin.requests[0]!, 'x-behind')],
      ['a', 'b'],
    )
    assert.match(seen, /x-order: behind\r\n/)
    assert.equal(value(got.message, 'x-order'), 'front')
  })
})
