import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LocalConcurrency } from '../../src/limits/concurrency/local-concurrency.ts'
import type { PermitAsk } from '../../src/limits/concurrency/permits.ts'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { value, values } from '../support/message-reader.ts'
import { answer, reset } from '../support/origin.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'
import { openRawTunnel } from '../support/raw-tunnel.ts'
import { TcpOrigin } from '../support/tcp-peer.ts'

interface LimitedGateway extends PlainGateway {
  readonly concurrency: LocalConcurrency
}

/** A gateway whose only route has this limit. */
async function limited(rule: object, ...more: readonly object[]): Promise<LimitedGateway> {
  const concurrency = new LocalConcurrency()
  const filters = [{ concurrencyLimit: rule }, ...more]
  const gateway = await plainGateway({ route: { name: 'shop', filters } }, { concurrency })
  return Object.assign(gateway, { concurrency })
}

/** Has requests for `/slow` wait at the origin. */
function holdSlow({ origin }: PlainGateway): () => void {
  const gate = Promise.withResolvers<void>()
  origin.script = {
    onRequest: ({ target }) =>
      target === '/slow' ? [gate.promise, answer(200, 'slow')] : answer(200, 'quick'),
  }
  return gate.resolve
}

/** Sends a request that stays at the origin. */
async function sent(g: PlainGateway, request = getRequest('/slow')): Promise<RawClient> {
  const before = g.origin.requests.length
  const client = await RawClient.connect(g.port)
  client.send(request)
  await until(() => g.origin.requests.length > before, 'the origin has it')
  return client
}

async function isFree({ concurrency }: LimitedGateway): Promise<void> {
  await until(() => concurrency.inFlight === 0, 'everything is given back')
}

describe('a limit of concurrency through the gateway', () => {
  test('answers 429 to who has too many requests in flight, and admits again once one has ended', async () => {
    await using g = await limited({ limit: 1 })
    const finish = holdSlow(g)
    using first = await sent(g)

    const above = await ask(g.port, getRequest('/'))
    finish()
    await first.response(0)
    await isFree(g)
    const below = await ask(g.port, getRequest('/'))

    assert.deepEqual([above.status, below.status], [429, 200])
    assert.deepEqual(
      ['retry-after', 'ratelimit-policy', 'ratelimit', 'content-type'].map((name) =>
        value(above.message, name),
      ),
      ['1', '"client-ip";q=1;qu="concurrent-requests"', '"client-ip";r=0', 'application/problem+json'],
    )
    assert.deepEqual(JSON.parse(above.body)['violated-policies'], ['client-ip'])
    const { reason, detail } = await g.gateway.outcome(0)
    assert.deepEqual([reason, detail], ['concurrency_limited', 'over 1 at a time, for each client-ip'])
  })

  test('counts subjects apart, leaves out some, and tells the rest what is left', async () => {
    const rule = { key: { header: 'x-key' }, limit: 2, missing: 'skip', headers: 'all' }
    await using g = await limited(rule)
    const finish = holdSlow(g)
    using first = await sent(g, getRequest('/slow', 'x-key: a\r\n'))

    const same = await ask(g.port, getRequest('/', 'x-key: a\r\n'))
    const other = await ask(g.port, getRequest('/', 'x-key: b\r\n'))
    const without = await ask(g.port, getRequest('/'))
    finish()
    await first.response(0)

    assert.deepEqual(
      [same, other, without].map(({ message }) => value(message, 'ratelimit')),
      ['"header";r=0', '"header";r=1', undefined],
    )
  })

  test('has a name of its own beside a rate limit of that key', async () => {
    const told = { headers: 'all' }
    const rates = { rateLimit: { rate: '9/s', ...told } }
    await using g = await limited({ limit: 2, ...told }, rates, { concurrencyLimit: { limit: 3, ...told } })

    const { message } = await ask(g.port, getRequest('/'))

    assert.deepEqual(values(message.fields, 'ratelimit-policy'), [
      '"client-ip";q=2;qu="concurrent-requests"',
      '"client-ip-2";q=9;w=1',
      '"client-ip-3";q=3;qu="concurrent-requests"',
    ])
  })

  test('in shadow refuses nothing, and tells', async () => {
    await using g = await limited({ limit: 1, mode: 'shadow' })
    const finish = holdSlow(g)
    using first = await sent(g)

    const { status: above } = await ask(g.port, getRequest('/'))
    finish()
    await first.response(0)
    await isFree(g)

    assert.deepEqual([above, g.gateway.shadows], [200, ['shop: 1 at a time, for each client-ip']])
  })

  test('answers 503 when nobody counts and it is closed', async () => {
    const concurrency = { take: () => ({ kind: 'unavailable' }) as const, inFlight: 0 }
    const filters = [{ concurrencyLimit: { limit: 1, onStoreError: 'closed' } }]
    await using g = await plainGateway({ route: { filters } }, { concurrency })

    const { status, message } = await ask(g.port, getRequest('/'))

    const { reason } = await g.gateway.outcome(0)
    assert.deepEqual(
      [status, value(message, 'retry-after'), value(message, 'ratelimit'), reason],
      [503, '1', undefined, 'limiter_unavailable'],
    )
  })

  test('is counted in metrics', async () => {
    await using g = await limited({
      limit: 1,
      except: ['127.0.0.2/32'],
      missing: 'deny',
      key: { header: 'k' },
    })
    const finish = holdSlow(g)
    using first = await sent(g, getRequest('/slow', 'k: a\r\n'))
    await ask(g.port, getRequest('/', 'k: a\r\n'))
    const lacking = await ask(g.port, getRequest('/'))
    finish()
    await first.response(0)

    const text = await renderMetrics(g.gateway.metrics.snapshot())
    const series = 'tidegate_concurrency_limit_requests_total{route="shop",verdict='
    assert.equal(lacking.status, 429)
    assert.ok(text.includes(`${series}"admitted"} 1`) && text.includes(`${series}"denied"} 2`), text)
  })

  test('counts for each route by itself, or together by name, and goes on counting through a reload', async () => {
    await using g = await limited({ limit: 2, name: 'all' })
    const finish = holdSlow(g)
    using first = await sent(g)
    const route = (path: string, ...filters: object[]) => ({ name: path, path, filters, to: 'origin' })
    await g.gateway.install({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [
        route('/', { concurrencyLimit: { limit: 1, name: 'all' } }),
        route('/same', { concurrencyLimit: { limit: 1, name: 'all' } }),
        route('/more', { concurrencyLimit: { limit: 2, name: 'all' } }),
        route('/own', { concurrencyLimit: { limit: 1 } }),
      ],
      clusters: { origin: { endpoints: [g.origin.address] } },
    })

    const statuses = []
    for (const path of ['/', '/same', '/more', '/own'])
      statuses.push((await ask(g.port, getRequest(path))).status)
    finish()
    await first.response(0)

    assert.deepEqual(statuses, [429, 429, 200, 200])
    await isFree(g)
  })

  test('goes on counting when another is put in front of it', async () => {
    await using g = await limited({ limit: 1 })
    const finish = holdSlow(g)
    using first = await sent(g)
    const limits = [{ limit: 9, key: 'everyone' }, { limit: 1 }]
    await g.gateway.install({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [
        { name: 'shop', filters: limits.map((concurrencyLimit) => ({ concurrencyLimit })), to: 'origin' },
      ],
      clusters: { origin: { endpoints: [g.origin.address] } },
    })

    const during = (await ask(g.port, getRequest('/'))).status
    finish()
    await first.response(0)

    assert.equal(during, 429)
    await isFree(g)
  })
})

describe('a request in flight is given back once', () => {
  test('when its client leaves in the middle', async () => {
    await using g = await limited({ limit: 1 })
    holdSlow(g)
    using client = await sent(g)

    client.reset()
    await isFree(g)

    assert.equal((await ask(g.port, getRequest('/'))).status, 200)
  })

  test('when its client leaves while a filter behind waits', async () => {
    await using asked = await plainGateway()
    holdSlow(asked)
    const concurrency = new LocalConcurrency()
    const filters = [{ concurrencyLimit: { limit: 1 } }, { forwardAuth: { to: 'login', path: '/slow' } }]
    const clusters = { login: { endpoints: [asked.origin.address] } }
    await using gateway = await plainGateway({ route: { filters }, clusters }, { concurrency })
    using client = await RawClient.connect(gateway.port)
    client.send(getRequest('/'))
    await until(() => asked.origin.requests.length === 1, 'the question is under way')
    assert.equal(concurrency.inFlight, 1)

    client.reset()

    await until(() => concurrency.inFlight === 0, 'it is given back')
  })

  test('when the upstream resets it', async () => {
    await using g = await limited({ limit: 1 })
    g.origin.script = { onRequest: () => [reset] }

    const statuses = []
    for (const target of ['/1', '/2']) statuses.push((await ask(g.port, postRequest(target, 'x'))).status)

    assert.deepEqual([statuses, g.concurrency.inFlight], [[502, 502], 0])
  })

  test('however often it is tried', async () => {
    const concurrency = new LocalConcurrency()
    const route = { filters: [{ concurrencyLimit: { limit: 1 } }], retry: { attempts: 3, on: ['reset'] } }
    await using g = await plainGateway({ route }, { concurrency })
    let attempts = 0
    g.origin.script = { onRequest: () => (++attempts % 2 === 1 ? [reset] : answer(200, 'ok')) }

    const statuses = []
    for (const target of ['/1', '/2']) statuses.push((await ask(g.port, getRequest(target))).status)

    assert.deepEqual([statuses, attempts, concurrency.inFlight], [[200, 200], 4, 0])
  })

  test('when a filter behind answers', async () => {
    await using g = await limited({ limit: 1 }, { ipRules: { deny: ['127.0.0.0/8'] } })

    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await ask(g.port, getRequest('/'))).status)

    assert.deepEqual([statuses, g.concurrency.inFlight], [[403, 403, 403], 0])
  })

  test('when a mistake of the gateway hits it', async () => {
    const concurrency = new LocalConcurrency()
    const limiter = { take: () => assert.fail('a mistake'), debit: () => {} }
    const filters = [{ concurrencyLimit: { limit: 1 } }, { rateLimit: { rate: '1/s' } }]
    await using g = await plainGateway({ route: { filters } }, { concurrency, limiter })

    const { status: first } = await ask(g.port, getRequest('/'))

    const defects = g.gateway.defects.splice(0).length
    assert.deepEqual([first, defects, concurrency.inFlight], [500, 1, 0])
  })

  test('when the gateway drains, and its time is over', async () => {
    await using g = await limited({ limit: 1 })
    holdSlow(g)
    using client = await sent(g)

    await g.gateway.gateway.drain({ delayMs: 0, timeoutMs: 0 })
    await client.ended()

    assert.equal(g.concurrency.inFlight, 0)
  })

  test('as long as its body lasts, and not longer', async () => {
    await using g = await limited({ limit: 1 })
    const gate = Promise.withResolvers<void>()
    g.origin.script = {
      onRequest: ({ target }) =>
        target === '/stream'
          ? ['HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf', gate.promise, 'half']
          : answer(200, 'ok'),
    }
    using client = await RawClient.connect(g.port)
    client.send(getRequest('/stream'))
    await until(() => String(client.received).includes('half'), 'the body has begun')

    const above = await ask(g.port, getRequest('/'))
    gate.resolve()
    await client.response(0)
    await isFree(g)

    assert.deepEqual([above.status, (await ask(g.port, getRequest('/'))).status], [429, 200])
  })

  test('as long as its websocket is open', async () => {
    await using raw = await TcpOrigin.start()
    const concurrency = new LocalConcurrency()
    await using gateway = await startGateway(
      {
        listeners: [{ name: 'web', address: '127.0.0.1:0' }],
        routes: [{ filters: [{ concurrencyLimit: { limit: 1 } }], to: 'raw' }],
        clusters: { raw: { endpoints: [raw.address] } },
      },
      { concurrency },
    )
    const tunnel = await openRawTunnel(gateway.port(), raw)

    const above = await ask(gateway.port(), getRequest('/'))
    tunnel[Symbol.dispose]()
    await until(() => concurrency.inFlight === 0, 'it is given back')

    assert.equal(above.status, 429)
  })

  test('over HTTP/2, where each stream is one, and a reset ends it', async () => {
    await using g = await limited({ limit: 2 })
    holdSlow(g)
    using client = await H2Client.connect(g.port)
    const ids = [client.request(pseudo('GET', '/slow')), client.request(pseudo('GET', '/slow'))]
    await until(() => g.origin.requests.length === 2, 'two are under way')

    const above = await client.response(client.request(pseudo('GET', '/')))
    client.reset(ids[0] ?? 0)
    await until(() => g.concurrency.inFlight === 1, 'one is given back')
    const below = await client.response(client.request(pseudo('GET', '/')))

    assert.deepEqual([above.status, below.status], [429, 200])
  })
})

/** Gives permits when it is told to. */
class LateConcurrency extends LocalConcurrency {
  readonly gate = Promise.withResolvers<void>()
  asked = 0

  override take(ask: PermitAsk): never {
    this.asked++
    return this.gate.promise.then(() => super.take(ask)) as never
  }
}

describe('a permit that comes late', () => {
  test('is held by a request that waited for it', async () => {
    const concurrency = new LateConcurrency()
    await using g = await plainGateway(
      { route: { filters: [{ concurrencyLimit: { limit: 1 } }] } },
      { concurrency },
    )
    using client = await RawClient.connect(g.port)
    client.send(getRequest('/'))
    await until(() => concurrency.asked === 1, 'it is asked for')

    concurrency.gate.resolve()
    const message = await client.response(0)

    assert.equal(status(message), 200)
    await until(() => concurrency.inFlight === 0, 'it is given back')
  })

  test('is given back at once for a request that has ended', async () => {
    const concurrency = new LateConcurrency()
    await using g = await plainGateway(
      { route: { filters: [{ concurrencyLimit: { limit: 1 } }] } },
      { concurrency },
    )
    using client = await RawClient.connect(g.port)
    client.send(getRequest('/'))
    await until(() => concurrency.asked === 1, 'it is asked for')
    client.reset()
    await g.gateway.outcome(0)

    concurrency.gate.resolve()
    await new Promise((resolve) => setImmediate(resolve))

    assert.deepEqual([concurrency.inFlight, g.origin.requests.length], [0, 0])
  })
})
