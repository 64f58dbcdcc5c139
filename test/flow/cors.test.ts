import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { value, values } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'

const policy = { origins: ['https://*.shop.test'], methods: ['PUT'], exposeHeaders: ['x-request-id'] }
const filters = [{ cors: policy }]
const p = await plainGateway({
  routes: [
    { path: '/api', filters, to: 'origin' },
    { path: '/down', filters, to: 'empty' },
    { path: '/small', filters, body: { limit: '1B' }, to: 'origin' },
    { path: '/fixed', filters: [...filters, { respond: { status: 401, body: 'no' } }] },
    { path: '/late', filters: [{ respond: { status: 429 } }, ...filters] },
  ],
  clusters: { empty: { endpoints: [] } },
})
const { origin, port } = p

function preflight(target: string, from: string): string {
  const fields = `Host: a.test\r\nOrigin: ${from}\r\nAccess-Control-Request-Method: PUT\r\n`
  return `OPTIONS ${target} HTTP/1.1\r\n${fields}\r\n`
}

describe('CORS through the gateway', () => {
  after(() => p[Symbol.asyncDispose]())

  test('a preflight is answered by the gateway, and never reaches the origin', async () => {
    origin.forget()

    const { status, body, message } = await ask(port, preflight('/api', 'https://a.shop.test'))

    assert.deepEqual([status, body, origin.requests.length], [204, '', 0])
    assert.equal(value(message, 'access-control-allow-origin'), 'https://a.shop.test')
    assert.equal(value(message, 'access-control-allow-methods'), 'PUT')
    assert.equal(value(message, 'content-length'), undefined)
    assert.equal(p.gateway.outcomes.at(-1)?.reason, 'cors_preflight')
  })

  test('other OPTIONS reach the origin', async () => {
    origin.forget()

    await ask(port, 'OPTIONS /api HTTP/1.1\r\nHost: a.test\r\nOrigin: https://a.shop.test\r\n\r\n')

    assert.equal(origin.requests.length, 1)
  })

  test('an answer of the origin carries the policy of the route and not its own', async () => {
    const own = 'Access-Control-Allow-Origin: *\r\nVary: accept\r\n'
    origin.script = { onRequest: () => answer(200, 'hello', own) }

    const { message } = await ask(port, getRequest('/api', 'Origin: https://a.shop.test\r\n'))

    assert.deepEqual(values(message.fields, 'access-control-allow-origin'), ['https://a.shop.test'])
    assert.equal(value(message, 'access-control-expose-headers'), 'x-request-id')
    assert.deepEqual(values(message.fields, 'vary'), ['accept', 'origin'])
  })

  test('an answer for another origin says only that it varies', async () => {
    const { message } = await ask(port, getRequest('/api', 'Origin: https://evil.test\r\n'))

    assert.deepEqual(
      [values(message.fields, 'access-control-allow-origin'), values(message.fields, 'vary').at(-1)],
      [[], 'origin'],
    )
  })

  for (const [what, expected, request] of [
    ['without endpoints', 503, getRequest('/down', 'Origin: https://a.shop.test\r\n')],
    ['of a filter behind', 401, getRequest('/fixed', 'Origin: https://a.shop.test\r\n')],
    ['of a filter before', 429, getRequest('/late', 'Origin: https://a.shop.test\r\n')],
    [
      'to a body that is too large',
      413,
      'POST /small HTTP/1.1\r\nHost: a.test\r\nOrigin: https://a.shop.test\r\nContent-Length: 2\r\n\r\nxy',
    ],
  ] as const) {
    test(`pages can read the answer of the gateway ${what}`, async () => {
      const { status, message } = await ask(port, request)

      assert.deepEqual(
        [status, value(message, 'access-control-allow-origin'), value(message, 'vary')],
        [expected, 'https://a.shop.test', 'origin'],
      )
    })
  }
})
