import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExtensionEvents, ExtensionFailure, UpstreamRequest } from '../../src/extend/call.ts'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { type ExtendedGateway, extended } from '../support/extended-gateway.ts'
import { bodyText } from '../support/message-reader.ts'
import { answer, fin, reset } from '../support/origin.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { answering, type ExtensionScript, later, passing, silent } from '../support/scripted-extensions.ts'

/** Tells something of a request as soon as it comes. */
function telling(tell: (events: ExtensionEvents) => void): ExtensionScript {
  return (_request, events) => {
    tell(events)
    return silent
  }
}

async function reasonOf({ gateway }: ExtendedGateway): Promise<readonly [number, string | undefined]> {
  const { status, reason } = await gateway.outcome()
  return [status, reason]
}

/** Nothing of a request is left anywhere. */
async function allOver({ gateway, origin }: ExtendedGateway): Promise<void> {
  await gateway.outcome()
  assert.equal(gateway.outcomes.length, 1)
  assert.equal(gateway.gateway.counts().requests, 0)
  await until(
    () => origin.requests.every((request) => !request.stillOpen()),
    'the upstream connection is gone',
  )
}

describe('extensions that fail', () => {
  const failures: readonly (readonly [ExtensionFailure, number, string])[] = [
    ['threw', 500, 'extension_failed'],
    ['died', 500, 'extension_failed'],
    ['blocked', 500, 'extension_blocked'],
    ['stopped', 503, 'extension_unavailable'],
  ]
  for (const [why, status, reason] of failures) {
    for (const when of ['at once', 'later'] as const) {
      test(`${why}, ${when}: answers ${status}`, async () => {
        const script = telling((events) => events.failed(why, 'told so'))
        await using g = await extended({ script: when === 'later' ? later(script) : script })

        const got = await ask(g.port, getRequest('/'))

        assert.equal(got.status, status)
        assert.deepEqual(await reasonOf(g), [status, reason])
        assert.equal(g.gateway.outcomes[0]?.detail, 'told so')
      })
    }

    test(`${why} in the middle of a response: breaks it off`, async () => {
      const begun = telling((events) => {
        events.head(200, '', 100)
        events.data(Buffer.from('part'))
        setTimeout(() => events.failed(why, ''), 20)
      })
      await using g = await extended({ script: begun })
      using client = await RawClient.connect(g.port)

      client.send(getRequest('/'))
      await client.ended()

      assert.equal(client.responses.length, 0)
      assert.deepEqual(await reasonOf(g), [200, reason])
    })
  }

  test('answers 503 when nobody takes the request, and says why in the log', async () => {
    await using g = await extended({ script: () => undefined })

    const got = await ask(g.port, postRequest('/', 'body'))

    assert.equal(got.status, 503)
    assert.deepEqual(await reasonOf(g), [503, 'extension_unavailable'])
    assert.equal(g.gateway.outcomes[0]?.detail, 'they are busy')
  })

  test('goes on with the connection of the client', async () => {
    await using g = await extended({ script: telling((events) => events.failed('threw', '')) })
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/1'))
    await client.response(0)
    g.extensions.script = passing()
    client.send(getRequest('/2'))

    assert.equal(bodyText(await client.response(1)), 'origin')
  })
})

describe('extensions that fail with an answer of the gateway', () => {
  test('are told of, and not that answer', async () => {
    const script: ExtensionScript = ({ method, target, authority, fields, length }, events) =>
      events.upstream(
        { method, target, authority, fields, length },
        { ...silent, head: () => events.failed('threw', 'in the middle') },
      )
    await using g = await extended({ script, route: { to: 'none' }, clusters: { none: { endpoints: [] } } })

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.status, 500)
    assert.deepEqual(await reasonOf(g), [500, 'extension_failed'])
  })
})

describe('a response of extensions that is none', () => {
  const broken: readonly (readonly [string, (events: ExtensionEvents) => void])[] = [
    ['a status that is none', (events) => events.head(99, '', 0)],
    ['an interim status', (events) => events.head(103, '', 0)],
    ['a status with a fraction', (events) => events.head(200.5, '', 0)],
    ['a line that ends early', (events) => events.head(200, 'x-a: 1\r\n\r\nHTTP/1.1 200 OK\r\n', 0)],
    ['a line without a colon', (events) => events.head(200, 'x-a\r\n', 0)],
    ['a bare CR', (events) => events.head(200, 'x-a: 1\rx-b: 2\r\n', 0)],
    ['a control', (events) => events.head(200, 'x-a: \x00\r\n', 0)],
    ['two lengths', (events) => events.head(200, 'content-length: 1\r\ncontent-length: 2\r\n', 3)],
    ['a twin of a framing name', (events) => events.head(200, 'transfer_encoding: chunked\r\n', 0)],
    [
      'a head larger than an endpoint may send',
      (events) => events.head(200, `x-a: ${'a'.repeat(33_000)}\r\n`, 0),
    ],
    ['no head before its end', (events) => events.end()],
    ['no head before its body', (events) => events.data(Buffer.from('x'))],
  ]
  for (const [what, tell] of broken) {
    test(`${what} is answered with 500`, async () => {
      await using g = await extended({ script: telling(tell) })

      const got = await ask(g.port, getRequest('/'))

      assert.equal(got.status, 500)
      assert.deepEqual(await reasonOf(g), [500, 'extension_failed'])
    })
  }

  const uneven: readonly (readonly [string, (events: ExtensionEvents) => void])[] = [
    ['more than its length', (events) => events.data(Buffer.from('12345'))],
    [
      'less than its length',
      (events) => {
        events.data(Buffer.from('123'))
        events.end()
      },
    ],
    ['a second head', (events) => events.head(200, '', 0)],
    ['an abort', (events) => events.abort()],
  ]
  for (const [what, tell] of uneven) {
    test(`${what} breaks it off`, async () => {
      const begun = telling((events) => {
        events.head(200, '', 4)
        tell(events)
      })
      await using g = await extended({ script: begun })
      using client = await RawClient.connect(g.port)

      client.send(getRequest('/'))
      await client.ended()

      assert.equal(client.responses.length, 0)
      assert.deepEqual(await reasonOf(g), [200, 'extension_failed'])
    })
  }

  test('leaves out what belongs to a connection', async () => {
    const fields =
      'connection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\ntransfer-encoding: chunked\r\nx-a: 1\r\n'
    await using g = await extended({ script: answering(200, 'ok', fields) })

    const got = await ask(g.port, getRequest('/'))

    const names = got.message.fields.map(([name]) => name.toLowerCase())
    assert.deepEqual(names.toSorted(), ['content-length', 'date', 'via', 'x-a'])
  })

  test('sends no body in answer to HEAD, nor with a 204', async () => {
    await using g = await extended({ script: answering(200, 'body') })
    using client = await RawClient.connect(g.port)

    client.expect('HEAD', 'GET', 'GET').send('HEAD / HTTP/1.1\r\nhost: a.test\r\n\r\n')
    await client.response(0)
    g.extensions.script = answering(204, 'body')
    client.send(getRequest('/'))
    await client.response(1)
    g.extensions.script = answering(200, 'next')
    client.send(getRequest('/'))

    assert.equal(bodyText(await client.response(2)), 'next')
  })
})

describe('a request that extensions send on and that is none', () => {
  const broken: Readonly<Record<string, Partial<UpstreamRequest>>> = {
    'a target with a space': { target: '/a b' },
    'a target with a line end': { target: '/a HTTP/1.1\r\nx: y' },
    'a target without a path': { target: 'a' },
    'a target of another server': { target: 'http://b.test/' },
    'a path that servers read differently': { target: '/a/%00' },
    'an authority with a line end': { authority: 'a.test\r\nx: y' },
    'no authority': { authority: '' },
    'a host beside another authority': { fields: 'host: b.test\r\n' },
    'a method with a space': { method: 'GET /x' },
    'a method that is not carried': { method: 'CONNECT' },
    'a second request among its fields': { fields: 'x: y\r\n\r\nGET /hidden HTTP/1.1\r\nhost: a\r\n' },
    'a line without a colon': { fields: 'x\r\n' },
    'a folded line': { fields: 'x: 1\r\n y\r\n' },
    'two lengths': { fields: 'content-length: 1\r\ncontent-length: 2\r\n' },
    'a twin of a framing name': { fields: 'content_length: 5\r\n' },
    'a length beside a coding': { fields: 'content-length: 1\r\ntransfer-encoding: chunked\r\n' },
  }
  for (const [what, wrong] of Object.entries(broken)) {
    test(`${what}: goes nowhere, and answers 500`, async () => {
      await using g = await extended({
        script: passing({ request: (request) => ({ ...request, ...wrong }) }),
      })

      const got = await ask(g.port, getRequest('/'))

      assert.equal(got.status, 500)
      assert.deepEqual(await reasonOf(g), [500, 'extension_failed'])
      assert.equal(g.origin.connections.length, 0)
    })
  }

  test('a length among its fields is not believed', async () => {
    const script = passing({ request: (request) => ({ ...request, fields: 'content-length: 99\r\n' }) })
    await using g = await extended({ script })

    await ask(g.port, postRequest('/', 'body'))

    assert.equal(bodyText(g.origin.requests[0]!), 'body')
  })

  for (const [what, length] of [
    ['more', 3],
    ['less', 5],
  ] as const) {
    test(`${what} of a body than it says never looks complete to the origin`, async () => {
      await using g = await extended({ script: passing({ request: (request) => ({ ...request, length }) }) })

      const got = await ask(g.port, postRequest('/', 'body'))

      assert.equal(got.status, 500)
      assert.deepEqual(await reasonOf(g), [500, 'extension_failed'])
      assert.ok(g.origin.requests.every((request) => !request.complete))
    })
  }
})

describe('whoever leaves', () => {
  test('a client that waits for the cluster: everything ends with it', async () => {
    await using g = await extended()
    g.origin.script = { onRequest: () => [new Promise(() => undefined)] }
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/'))
    await until(() => g.origin.requests.length === 1, 'the request is at the origin')
    client.reset()

    await allOver(g)
    assert.deepEqual(await reasonOf(g), [499, 'client_closed'])
    assert.equal(g.extensions.aborted, 1)
    assert.equal(g.gateway.outcomes[0]?.attempts, 1)
  })

  test('a client that waits for the extensions', async () => {
    await using g = await extended({ script: () => silent })
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/'))
    await until(() => g.extensions.requests.length === 1, 'the request is in the extensions')
    client.reset()

    await allOver(g)
    assert.equal(g.extensions.aborted, 1)
  })

  test('a client in the middle of its upload', async () => {
    await using g = await extended()
    using client = await RawClient.connect(g.port)

    client.send('POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 100\r\n\r\npart')
    await until(() => g.origin.requests.length === 1, 'the request is at the origin')
    client.reset()

    await allOver(g)
    assert.equal(g.extensions.aborted, 1)
    assert.equal(g.origin.requests[0]?.complete, false)
  })

  test('a client in the middle of its download', async () => {
    await using g = await extended()
    g.origin.script = {
      onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', new Promise(() => undefined)],
    }
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/'))
    await until(() => client.received.includes('part'), 'the response has begun')
    client.reset()

    await allOver(g)
    assert.deepEqual([...(await reasonOf(g)), g.extensions.aborted], [200, 'client_closed', 1])
  })

  test('extensions that answer before the request is complete', async () => {
    await using g = await extended({ script: answering(403, 'no') })
    using client = await RawClient.connect(g.port)

    client.send('POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 100\r\n\r\npart')
    const got = await client.response(0)

    assert.equal(bodyText(got), 'no')
    assert.deepEqual(await reasonOf(g), [403, undefined])
    assert.equal(g.extensions.aborted, 1)
  })

  test('extensions that give up what they sent on', async () => {
    const script: ExtensionScript = ({ method, target, authority, fields, length }, events) => {
      const up = events.upstream(
        { method, target, authority, fields, length },
        { head: () => assert.fail('no head was waited for'), ...silent },
      )
      up.end()
      setTimeout(() => {
        up.abort()
        answering(200, 'instead')({} as never, events)
      }, 50)
      return silent
    }
    await using g = await extended({ script })
    g.origin.script = { onRequest: () => [new Promise(() => undefined)] }

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.body, 'instead')
    await allOver(g)
    assert.deepEqual([...(await reasonOf(g)), g.gateway.outcomes[0]?.attempts], [200, undefined, 1])
  })

  for (const [how, ending] of [
    ['in order', fin],
    ['by force', reset],
  ] as const) {
    test(`an endpoint in the middle of its response, ${how}`, async () => {
      await using g = await extended({ script: later(passing()) })
      g.origin.script = { onRequest: () => ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', ending] }
      using client = await RawClient.connect(g.port)

      client.send(getRequest('/'))
      await client.ended()

      assert.deepEqual([client.responses.length, ...(await reasonOf(g))], [0, 200, 'upstream_incomplete'])
    })
  }

  test('an endpoint before its response: another one is asked', async () => {
    await using g = await extended({ route: { retry: { attempts: 1, on: ['reset'] } } })
    let asked = 0
    g.origin.script = { onRequest: () => (++asked === 1 ? [reset] : answer(200, 'second')) }

    const got = await ask(g.port, getRequest('/'))

    assert.equal(got.body, 'second')
    assert.equal((await g.gateway.outcome()).attempts, 2)
  })

  test('an endpoint before its response: 502 with its reason', async () => {
    await using g = await extended()
    g.origin.script = { onRequest: () => [reset] }

    const got = await ask(g.port, postRequest('/', 'x'))

    assert.equal(got.status, 502)
    assert.deepEqual(await reasonOf(g), [502, 'upstream_reset'])
  })
})
