import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'

const origins = await Promise.all(
  ['one', 'two', 'three'].map((name) => Origin.start({ onRequest: () => answer(200, name) })),
)

function gatewayOf(cluster: Config, endpoints: readonly unknown[] = origins.map((origin) => origin.address)) {
  return startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'c' }],
    clusters: { c: { endpoints, ...cluster } },
  })
}

async function bodies(
  port: number,
  count: number,
  fields: (n: number) => string = () => '',
): Promise<string[]> {
  const list: string[] = []
  for (let i = 0; i < count; i++) list.push((await ask(port, getRequest('/', fields(i)))).body)
  return list
}

after(() => Promise.all(origins.map((origin) => origin[Symbol.asyncDispose]())))

describe('balancing and sticky sessions', () => {
  afterEach(() => {
    for (const origin of origins) origin.forget()
  })

  test('round-robin takes every endpoint in turn', async () => {
    await using gateway = await gatewayOf({ balance: 'round-robin' })

    const seen = await bodies(gateway.port(), 6)

    assert.deepEqual(seen.slice(0, 3).sort(), ['one', 'three', 'two'])
    assert.deepEqual(seen.slice(3), seen.slice(0, 3))
  })

  for (const balance of ['least-request', 'ewma'] as const) {
    test(`${balance} uses all endpoints`, async () => {
      await using gateway = await gatewayOf({ balance })

      const seen = await bodies(gateway.port(), 60)

      assert.equal(new Set(seen).size, 3)
    })
  }

  test('ring-hash takes the same endpoint for the same header', async () => {
    await using gateway = await gatewayOf({ balance: { 'ring-hash': { header: 'x-user' } } })

    const seen = await bodies(gateway.port(), 30, (n) => `X-User: u${n % 10}\r\n`)

    assert.deepEqual(seen.slice(10, 20), seen.slice(0, 10))
    assert.deepEqual(seen.slice(20), seen.slice(0, 10))
    assert.ok(new Set(seen).size > 1)
  })

  test('gives a cookie with the first answer, and none once the client has it', async () => {
    await using gateway = await gatewayOf({ sticky: { cookie: 'stick' } })

    const first = await ask(gateway.port(), getRequest('/'))
    const cookie = /^stick=[^;]+/.exec(value(first.message, 'set-cookie') ?? '')?.[0] ?? ''
    const second = await ask(gateway.port(), getRequest('/', `Cookie: ${cookie}\r\n`))

    assert.match(
      value(first.message, 'set-cookie') ?? '',
      /^stick=[\w-]{8,}; Path=\/; HttpOnly; SameSite=Lax$/i,
    )
    assert.equal(value(second.message, 'set-cookie'), undefined)
  })

  test('keeps a client on its endpoint by the cookie', async () => {
    await using gateway = await gatewayOf({ balance: 'round-robin', sticky: { cookie: 'stick' } })
    const first = await ask(gateway.port(), getRequest('/'))
    const cookie = /^stick=[^;]+/.exec(value(first.message, 'set-cookie') ?? '')?.[0] ?? ''

    const seen = await bodies(gateway.port(), 9, () => `Cookie: a=b; ${cookie}; c=d\r\n`)

    assert.deepEqual(new Set(seen), new Set([first.body]))
  })

  test('the cookie says nothing of the endpoint’s address', async () => {
    await using gateway = await gatewayOf({ sticky: { cookie: 'stick' } })

    const { message } = await ask(gateway.port(), getRequest('/'))

    assert.ok(!origins.some(({ port }) => value(message, 'set-cookie')?.includes(String(port))))
  })

  test('gives a new cookie when the old one means nobody', async () => {
    await using gateway = await gatewayOf({ sticky: { cookie: 'stick' } })

    const { status, message } = await ask(gateway.port(), getRequest('/', 'Cookie: stick=nonsense\r\n'))

    assert.deepEqual([status, value(message, 'set-cookie')?.startsWith('stick=')], [200, true])
  })

  test('leaves the second priority alone while the first is healthy', async () => {
    const [one, two, three] = origins.map((origin) => origin.address)
    await using gateway = await gatewayOf({}, [
      one,
      { address: two, priority: 1 },
      { address: three, priority: 1 },
    ])

    const seen = await bodies(gateway.port(), 12)

    assert.deepEqual(new Set(seen), new Set(['one']))
  })

  test('answers 503 when a cluster has no endpoint', async () => {
    await using gateway = await gatewayOf({}, [])

    const { status } = await ask(gateway.port(), getRequest('/'))

    assert.equal(status, 503)
    assert.ok(['no_endpoints', 'no_cluster'].includes((await gateway.outcome()).reason ?? ''))
  })
})

describe('outlier ejection', () => {
  test('leaves an endpoint alone that failed often enough', async () => {
    await using bad = await Origin.start({ onRequest: () => answer(503, 'bad') })
    const [one, two, three] = origins.map((origin) => origin.address)
    await using gateway = await gatewayOf(
      { balance: 'round-robin', outlier: { consecutiveFailures: 2, baseEjection: '1m' } },
      [one, two, three, bad.address],
    )

    await bodies(gateway.port(), 16)
    bad.forget()
    const seen = await bodies(gateway.port(), 12)

    assert.deepEqual([bad.requests.length, seen.includes('bad')], [0, false])
  })
})
