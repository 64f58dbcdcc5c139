import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { value } from '../support/message-reader.ts'
import { plainGateway } from '../support/plain-gateway.ts'

const p = await plainGateway({
  listener: { trustedProxies: ['127.0.0.1'] },
  routes: [
    {
      path: '/rules',
      filters: [{ ipRules: { allow: ['10.0.0.0/8'], deny: ['10.66.0.0/16'] } }],
      to: 'origin',
    },
    { path: '/closed', filters: [{ maintenance: { body: 'soon', except: ['10.0.0.0/8'] } }], to: 'origin' },
  ],
})
const { origin, port } = p

async function asked(target: string, client: string) {
  origin.forget()
  const { status, message, body } = await ask(port, getRequest(target, `X-Forwarded-For: ${client}\r\n`))
  const { reason } = p.gateway.outcomes.at(-1) ?? assert.fail('no outcome')
  return { status, message, body, reached: origin.requests.length, reason }
}

describe('routes that are closed to some', () => {
  after(() => p[Symbol.asyncDispose]())

  for (const [client, expected] of [
    ['10.1.2.3', [200, 1, undefined]],
    ['10.66.1.1', [403, 0, 'client_refused']],
    ['192.0.2.1', [403, 0, 'client_refused']],
  ] as const) {
    test(`ipRules go by the address behind trusted proxies: ${client}`, async () => {
      const { status, reached, reason } = await asked('/rules', client)

      assert.deepEqual([status, reached, reason], expected)
    })
  }

  test('maintenance answers for the origin', async () => {
    const { status, message, body, reached, reason } = await asked('/closed', '192.0.2.1')

    assert.deepEqual([status, body, reached, reason], [503, 'soon', 0, 'maintenance'])
    assert.deepEqual(
      [value(message, 'retry-after'), value(message, 'content-type')],
      ['300', 'text/html; charset=utf-8'],
    )
  })

  test('maintenance lets those pass that are excepted', async () => {
    const { status, reached } = await asked('/closed', '10.1.2.3')

    assert.deepEqual([status, reached], [200, 1])
  })
})
