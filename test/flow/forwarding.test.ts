import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'

const origin = await Origin.start()
const address = '127.0.0.1:0'
const gateway = await startGateway({
  listeners: [
    { name: 'edge', address },
    { name: 'inner', address, trustedProxies: ['127.0.0.0/8'] },
    { name: 'second', address, trustedProxies: ['127.0.0.0/8'], trustedHops: 2 },
    { name: 'full', address, forwarded: 'on', via: 'on', serverHeader: 'edge' },
    { name: 'bare', address, forwarded: 'off', via: 'off', serverHeader: 'pass' },
  ],
  routes: [{ to: 'origin' }],
  clusters: { origin: { endpoints: [origin.address] } },
})

/** What the origin gets for a GET with these fields, by name. */
async function received(listener: string, fields: string): Promise<(name: string) => string | undefined> {
  origin.forget()
  await ask(gateway.port(listener), getRequest('/x', fields))
  const request = origin.requests[0] ?? { fields: [] }
  return (name) => value(request, name)
}

describe('forwarding fields', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.script = {}
    gateway.outcomes.length = 0
  })

  test('names client, protocol, host and port of a request', async () => {
    const field = await received('edge', '')

    assert.deepEqual(
      ['for', 'proto', 'host', 'port'].map((name) => field(`x-forwarded-${name}`)),
      ['127.0.0.1', 'http', 'a.test', String(gateway.port('edge'))],
    )
  })

  test('makes a new request id for every request, the same upstream and in the log', async () => {
    origin.forget()
    await ask(gateway.port('edge'), getRequest('/1'))
    await ask(gateway.port('edge'), getRequest('/2'))

    const sent = origin.requests.map((request) => value(request, 'x-request-id'))
    const logged = [await gateway.outcome(0), await gateway.outcome(1)].map(({ requestId }) => requestId)
    assert.deepEqual(sent, logged)
    assert.notEqual(sent[0], sent[1])
  })

  test('appends the peer to what a trusted proxy says', async () => {
    const field = await received(
      'inner',
      'X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\n',
    )

    assert.deepEqual(
      ['for', 'proto', 'host'].map((name) => field(`x-forwarded-${name}`)),
      ['203.0.113.7, 127.0.0.1', 'https', 'shop.test'],
    )
  })

  test('keeps the request id of a trusted proxy', async () => {
    const field = await received('inner', 'X-Request-Id: from-the-proxy.1\r\n')

    assert.equal(field('x-request-id'), 'from-the-proxy.1')
  })

  for (const id of ['x'.repeat(129), 'a b', 'a"b', 'é']) {
    test(`makes the request id ${JSON.stringify(id.slice(0, 10))} of a trusted proxy anew`, async () => {
      const field = await received('inner', `X-Request-Id: ${id}\r\n`)

      assert.match(field('x-request-id') ?? '', /^[\w-]{16,}$/)
    })
  }

  for (const [listener, chain, client] of [
    ['inner', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['second', '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    // Shorter than the proxies that are said to have written it: nothing in it can be believed.
    ['second', '203.0.113.7', '127.0.0.1'],
    ['edge', '203.0.113.7', '127.0.0.1'],
    ['inner', '2001:db8::1', '2001:db8::1'],
    ['inner', '[2001:db8::1]:1234', '2001:db8::1'],
    ['inner', '203.0.113.7:1234', '203.0.113.7'],
    ['inner', 'for=_hidden', '127.0.0.1'],
    ['inner', '203.0.113.7, nonsense', '127.0.0.1'],
    ['inner', '', '127.0.0.1'],
  ] as const) {
    test(`takes ${client} for the client on "${listener}" when X-Forwarded-For says "${chain}"`, async () => {
      await received(listener, chain === '' ? '' : `X-Forwarded-For: ${chain}\r\n`)

      assert.equal((await gateway.outcome()).clientAddress, client)
    })
  }

  test('routes by the host it was asked for, whatever a trusted proxy forwards', async () => {
    await received('inner', 'X-Forwarded-Host: b.test\r\nForwarded: host=c.test\r\n')

    assert.equal((await gateway.outcome()).host, 'a.test')
  })

  test('sends forwarded and via where the listener says so', async () => {
    const field = await received('full', '')

    assert.match(field('forwarded') ?? '', /for="?127\.0\.0\.1"?;/)
    assert.match(field('via') ?? '', /^1\.1 \S+$/)
  })

  test('sends neither where it does not', async () => {
    const field = await received('bare', '')

    assert.deepEqual([field('forwarded'), field('via')], [undefined, undefined])
  })

  for (const [listener, expected] of [
    ['edge', undefined],
    ['full', 'edge'],
    ['bare', 'Apache/9'],
  ] as const) {
    test(`answers on "${listener}" with server ${expected ?? 'left out'}`, async () => {
      origin.script = { onRequest: () => answer(200, '', 'Server: Apache/9\r\n') }

      const { message } = await ask(gateway.port(listener), getRequest('/'))

      assert.equal(value(message, 'server'), expected)
    })
  }

  test('leaves the fields it does not know as they were, in their order', async () => {
    const lines = 'X-One: 1\r\nx-TWO:2\r\nX-One:   3  \r\nCookie: a=b\r\nX-Empty:\r\n'
    await received('edge', lines)

    const ours = /^(x-forwarded-|x-request-id|via|host$)/i
    assert.deepEqual(
      origin.requests[0]?.fields.filter(([name]) => !ours.test(name)),
      [
        ['X-One', '1'],
        ['x-TWO', '2'],
        ['X-One', '3'],
        ['Cookie', 'a=b'],
        ['X-Empty', ''],
      ],
    )
  })

  test('sends the host as the client wrote it', async () => {
    origin.forget()
    await ask(gateway.port('edge'), 'GET / HTTP/1.1\r\nHost: A.test:8080\r\n\r\n')

    assert.equal(value(origin.requests[0] ?? { fields: [] }, 'host')?.toLowerCase(), 'a.test:8080')
  })
})
