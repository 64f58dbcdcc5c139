import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ask, Limiter, Verdict } from '../../src/limits/limiter.ts'
import { LocalLimiter } from '../../src/limits/local-limiter.ts'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest } from '../support/ask.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startGateway } from '../support/gateway.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { value, values } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

interface LimitedGateway extends PlainGateway {
  /** The clock of the limiter alone: time stands still for it. */
  readonly clock: FakeClock
}

/** A gateway whose only route has these filters. */
async function limited(...filters: readonly object[]): Promise<LimitedGateway> {
  const clock = new FakeClock()
  const limiter = new LocalLimiter(clock, { subjects: 100, shares: 1 })
  const gateway = await plainGateway({ route: { name: 'shop', filters } }, { limiter, random: () => 0 })
  return Object.assign(gateway, { clock })
}

function keyed(key: string): string {
  return getRequest('/', `x-key: ${key}\r\n`)
}

async function statuses(port: number, ...requests: readonly string[]): Promise<number[]> {
  const got: number[] = []
  for (const request of requests) got.push((await ask(port, request)).status)
  return got
}

describe('a rate limit through the gateway', () => {
  test('answers 429 to who asks too often, and the origin never hears of it', async () => {
    await using g = await limited({ rateLimit: { rate: '1/s', burst: 1, legacyHeaders: 'on' } })

    const first = await statuses(g.port, getRequest('/'), getRequest('/'))
    const { status: last, body, message } = await ask(g.port, getRequest('/'))

    assert.deepEqual([first, last, g.origin.requests.length], [[200, 200], 429, 2])
    const names = ['retry-after', 'ratelimit-policy', 'ratelimit', 'content-type', 'x-ratelimit-limit']
    assert.deepEqual(
      names.map((name) => value(message, name)),
      ['1', '"client-ip";q=1;w=1', '"client-ip";r=0;t=1', 'application/problem+json', '1'],
    )
    assert.deepEqual(JSON.parse(body)['violated-policies'], ['client-ip'])
    const { reason, detail } = await g.gateway.outcome(2)
    assert.deepEqual([reason, detail], ['rate_limited', 'over 1/s, burst 1, for each client-ip'])
  })

  test('goes on with the connection, and admits again once time has passed', async () => {
    await using g = await limited({ rateLimit: { rate: '1/s', burst: 0 } })
    using client = await RawClient.connect(g.port)
    client.expect('GET', 'GET', 'GET')

    const first = await client.send(getRequest('/')).response(0)
    const second = await client.send(getRequest('/')).response(1)
    g.clock.advance(1000 * Number(value(second, 'retry-after')))
    const third = await client.send(getRequest('/')).response(2)

    assert.deepEqual(
      [first, second, third].map((message) => status(message)),
      [200, 429, 200],
    )
  })

  test('counts by all its rules or by none', async () => {
    const all = { name: 'all', key: 'everyone', rate: '1/h', burst: 1 }
    const each = { key: { header: 'x-key' }, rate: '1/h', burst: 0 }
    await using g = await limited({ rateLimit: [all, each] })

    const got = await statuses(g.port, keyed('a'), keyed('a'), keyed('a'), keyed('b'), keyed('c'))

    // What "a" was refused by its own rule has taken nothing from that of all.
    assert.deepEqual(got, [200, 429, 429, 200, 429])
    assert.match(g.gateway.outcomes.at(-1)?.detail ?? '', /^over "all": /)
  })

  test('is one question for neighbouring filters, too', async () => {
    const all = { rateLimit: { key: 'everyone', rate: '1/h', burst: 1 } }
    const each = { rateLimit: { key: { header: 'x-key' }, rate: '1/h', burst: 0 } }
    await using g = await limited(all, each)

    assert.deepEqual(await statuses(g.port, keyed('a'), keyed('a'), keyed('b')), [200, 429, 200])
  })

  test('in shadow admits, and tells', async () => {
    await using g = await limited({ rateLimit: { rate: '1/h', burst: 0, mode: 'shadow' } })

    const got = await statuses(g.port, getRequest('/'), getRequest('/'))

    assert.deepEqual([got, g.gateway.shadows], [[200, 200], ['shop: 1/h, burst 0, for each client-ip']])
  })

  test('leaves out clients that are excepted', async () => {
    await using g = await limited({ rateLimit: { rate: '1/h', burst: 0, except: ['127.0.0.0/8'] } })

    assert.deepEqual(await statuses(g.port, getRequest('/'), getRequest('/')), [200, 200])
  })

  test('tells beside what the origin says of its own limits', async () => {
    await using g = await limited({ rateLimit: { rate: '2/s', headers: 'all', legacyHeaders: 'on' } })
    const own = 'ratelimit: "origin";r=5;t=9\r\nx-ratelimit-limit: 7\r\n'
    g.origin.script = { onRequest: () => answer(200, 'x', own) }

    const { message } = await ask(g.port, getRequest('/'))

    assert.deepEqual(values(message.fields, 'ratelimit'), ['"origin";r=5;t=9', '"client-ip";r=2;t=1'])
    assert.deepEqual(values(message.fields, 'x-ratelimit-limit'), ['7'])
  })

  test('tells in X-RateLimit fields of the rule that has least left, wherever it stands', async () => {
    const told = { headers: 'all', legacyHeaders: 'on' }
    const wide = { rateLimit: { name: 'wide', rate: '9/h', burst: 8, ...told } }
    const narrow = { rateLimit: { rate: '3/h', burst: 2, ...told } }
    const between = { rewrite: { host: 'b.test' } }
    const names = ['limit', 'remaining', 'reset'].map((name) => `x-ratelimit-${name}`)
    for (const filters of [
      [wide, between, narrow],
      [narrow, between, wide],
    ]) {
      await using g = await limited(...filters)

      const { message } = await ask(g.port, getRequest('/'))
      g.origin.script = { onRequest: () => answer(200, 'x', 'x-ratelimit-remaining: 7\r\n') }
      const second = await ask(g.port, getRequest('/'))

      assert.deepEqual(
        names.map((name) => values(message.fields, name)),
        [['3'], ['2'], ['1200']],
      )
      assert.deepEqual(
        names.map((name) => values(second.message.fields, name)),
        [[], ['7'], []],
      )
    }
  })

  test('keeps its counts when something else changes', async () => {
    const config = (host: string) => ({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [
        {
          name: 'shop',
          hosts: [host, 'a.test'],
          filters: [{ rateLimit: { rate: '1/h', burst: 0 } }, { respond: {} }],
        },
      ],
    })
    await using gateway = await startGateway(config('b.test'))

    const [before] = await statuses(gateway.port(), getRequest('/'))
    await gateway.install(config('c.test'))
    const [after] = await statuses(gateway.port(), getRequest('/'))

    assert.deepEqual([before, after], [200, 429])
  })

  test('keeps its counts when another is put in front of it, or taken away', async () => {
    const config = (...filters: readonly object[]) => ({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ name: 'shop', filters: [...filters, { respond: {} }] }],
    })
    const each = { rateLimit: { rate: '1/h', burst: 0, overrides: { '127.0.0.2': '2/h' } } }
    const all = { rateLimit: { key: 'everyone', rate: '1000/s' } }
    const reports = { concurrencyLimit: { limit: 9 } }
    await using gateway = await startGateway(config(each))

    const got = await statuses(gateway.port(), getRequest('/'), getRequest('/'))
    for (const filters of [[all, each], [all, reports, each], [reports, each], [each]]) {
      await gateway.install(config(...filters))
      got.push(...(await statuses(gateway.port(), getRequest('/'))))
    }

    assert.deepEqual(got, [200, 429, 429, 429, 429, 429])
  })

  test('counts apart what is said twice', async () => {
    const each = { key: { header: 'x-key' }, rate: '1/h', burst: 1, overrides: { big: '4/h' } }
    await using g = await limited({ rateLimit: [each, { ...each, rate: '2/h' }, each] })

    const got = await statuses(g.port, ...['a', 'a', 'a', 'big', 'big', 'big'].map(keyed))

    assert.deepEqual(got, [200, 200, 429, 200, 200, 429])
  })

  test('may be a quota, beside a rate', async () => {
    const quota = { name: 'daily', key: 'everyone', quota: '3/d', headers: 'all' }
    await using g = await limited({ rateLimit: [quota, { rate: '1/s', burst: 1 }] })

    const [first, ...others] = await statuses(g.port, getRequest('/'), getRequest('/'), getRequest('/'))
    g.clock.advance(1000)
    const { status: last, message } = await ask(g.port, getRequest('/'))
    g.clock.advance(1000)
    const over = await ask(g.port, getRequest('/'))

    assert.deepEqual([first, ...others, last, over.status], [200, 200, 429, 200, 429])
    assert.equal(value(message, 'ratelimit-policy'), '"daily";q=3;w=86400')
    assert.match(value(message, 'ratelimit') ?? '', /^"daily";r=0;t=\d+$/)
    const { detail } = await g.gateway.outcome(4)
    assert.equal(detail, 'over "daily": a quota of 3/d, for everyone together')
  })

  test('takes what responses say that their requests cost, and keeps it to itself', async () => {
    const cost = { responseHeader: 'x-cost', most: 100, clients: 'remove' }
    await using g = await limited({ rateLimit: { rate: '1/s', burst: 9, cost } })
    g.origin.script = { onRequest: () => answer(200, 'x', 'x-cost: 60\r\n') }

    const { message } = await ask(g.port, getRequest('/'))
    const refused = await ask(g.port, getRequest('/'))
    g.clock.advance(51_000)
    g.origin.script = { onRequest: () => answer(200, 'x', 'x-cost: much\r\n') }
    const later = await statuses(g.port, getRequest('/'), getRequest('/'))

    assert.deepEqual([value(message, 'x-cost'), refused.status, later], [undefined, 429, [200, 429]])
    // 60 are owed of ten that the share holds.
    assert.equal(value(refused.message, 'retry-after'), '51')
    assert.deepEqual(g.gateway.badCosts, ['shop: 1/s, burst 9, for each client-ip: unreadable'])
  })

  test('is counted by route', async () => {
    await using g = await limited({ rateLimit: { rate: '1/h', burst: 0 } })
    await statuses(g.port, getRequest('/'), getRequest('/'), getRequest('/'))

    const text = await renderMetrics(g.gateway.metrics.snapshot())

    assert.match(text, /^tidegate_rate_limit_requests_total\{route="shop",verdict="admitted"\} 1$/m)
    assert.match(text, /^tidegate_rate_limit_requests_total\{route="shop",verdict="denied"\} 2$/m)
  })
})

describe('a rate limit over HTTP/2', () => {
  test('takes what a response says', async () => {
    await using g = await limited({
      rateLimit: { rate: '1/s', burst: 9, cost: { responseHeader: 'x-cost' } },
    })
    g.origin.script = { onRequest: () => answer(200, 'x', 'x-cost: 10\r\n') }
    using client = await H2Client.connect(g.port)

    const first = await client.response(client.request(pseudo('GET', '/')))
    const second = await client.response(client.request(pseudo('GET', '/')))

    assert.deepEqual([first.status, second.status], [200, 429])
  })

  test('answers 429 on its stream alone', async () => {
    await using g = await limited({ rateLimit: { rate: '1/h', burst: 0 } })
    using client = await H2Client.connect(g.port)

    const first = await client.response(client.request(pseudo('GET', '/')))
    const second = await client.response(client.request(pseudo('GET', '/')))

    assert.deepEqual([first.status, second.status], [200, 429])
    assert.equal(values(second.fields, 'ratelimit').length, 1)
    assert.equal(h2Body(second).includes('quota-exceeded'), true)
  })

  test('ends a gRPC call with RESOURCE_EXHAUSTED', async () => {
    await using g = await limited({ rateLimit: { key: 'everyone', rate: '1/h', burst: 0 } })
    using client = await H2Client.connect(g.port)
    await client.response(client.request(pseudo('GET', '/')))

    const call = [...pseudo('POST', '/shop.Cart/Add'), ['content-type', 'application/grpc'] as const]
    const refused = await client.response(client.request(call, '\0\0\0\0\0'))

    assert.deepEqual([refused.status, values(refused.fields, 'grpc-status')], [200, ['8']])
  })
})

describe('a rate limit with a store that takes its time', () => {
  class SlowLimiter implements Limiter {
    readonly waiting: ((kind: Verdict['kind']) => void)[] = []

    take(asks: readonly Ask[]): Promise<Verdict> {
      const { promise, resolve } = Promise.withResolvers<Verdict>()
      const [remaining, resetMs] = [asks.map(() => 0), asks.map(() => 1000)]
      const rest = { remaining, resetMs, by: 'store' } as const
      this.waiting.push((kind) => {
        const isAdmitted = kind === 'admitted'
        resolve({ ...rest, kind, retryAfterMs: isAdmitted ? 0 : 1000, deniedBy: isAdmitted ? -1 : 0 })
      })
      return promise
    }

    debit(): void {}
  }

  for (const [kind, expected, reason] of [
    ['admitted', 200, undefined],
    ['denied', 429, 'rate_limited'],
    ['unavailable', 503, 'limiter_unavailable'],
  ] as const) {
    test(`answers ${expected} once the request is ${kind}`, async () => {
      const limiter = new SlowLimiter()
      await using g = await plainGateway(
        { route: { filters: [{ rateLimit: { rate: '1/s' } }] } },
        { limiter },
      )

      const asked = ask(g.port, getRequest('/'))
      await until(() => limiter.waiting.length === 1, 'the limiter is asked')
      limiter.waiting[0]?.(kind)

      assert.equal((await asked).status, expected)
      assert.equal((await g.gateway.outcome()).reason, reason)
    })
  }
})
