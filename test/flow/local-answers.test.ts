import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import type { Reason } from '../../src/model/reasons.ts'
import { ask, getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'

const address = '127.0.0.1:0'
const gateway = await startGateway({
  listeners: [
    { name: 'edge', address },
    { name: 'inner', address, errorDetail: 'on' },
  ],
  routes: [{ hosts: ['a.test'], path: '/api', methods: ['GET'], to: 'dead' }],
  clusters: { dead: { endpoints: ['127.0.0.1:1'] } },
})

const cases: readonly (readonly [request: string, status: number, reason: Reason])[] = [
  [getRequest('/x', '', 'other.test'), 404, 'no_route_host'],
  [getRequest('/x'), 404, 'no_route_path'],
  ['DELETE /api HTTP/1.1\r\nHost: a.test\r\n\r\n', 404, 'no_route_match'],
  [getRequest('/api'), 503, 'upstream_connect'],
  [getRequest('/a%2fb'), 400, 'bad_path'],
  ['BREW / HTTP/1.1\r\nHost: a.test\r\n\r\n', 405, 'method_not_allowed'],
]

describe('answers of the gateway itself', () => {
  after(() => gateway[Symbol.asyncDispose]())
  beforeEach(() => {
    gateway.outcomes.length = 0
  })

  for (const [request, expected, reason] of cases) {
    test(`${expected} for ${reason}: told in the log`, async () => {
      const { status } = await ask(gateway.port('edge'), request)

      assert.deepEqual([status, (await gateway.outcome()).reason], [expected, reason])
    })

    test(`${expected} for ${reason}: carries a date, the request id and nothing of the cause`, async () => {
      const { body, message } = await ask(gateway.port('edge'), request)
      const { requestId } = await gateway.outcome()

      assert.match(value(message, 'date') ?? '', /GMT$/)
      assert.equal(value(message, 'x-request-id'), requestId)
      assert.ok(body.includes(requestId))
      assert.ok(!message.head.includes(reason) && !body.includes(reason) && !body.includes('127.0.0.1'))
    })

    test(`${expected} for ${reason}: explained where the listener shows detail`, async () => {
      const { body, message } = await ask(gateway.port('inner'), request)

      assert.ok(message.head.includes(reason) && body.includes(reason), `${message.head}${body}`)
    })
  }

  test('is problem+json for a client that wants JSON, where detail is shown', async () => {
    const { body, message } = await ask(
      gateway.port('inner'),
      getRequest('/x', 'Accept: application/json\r\n'),
    )

    assert.match(value(message, 'content-type') ?? '', /^application\/problem\+json/)
    assert.equal((JSON.parse(body) as { status: number }).status, 404)
  })

  test('is HTML for a browser, with what the client sent escaped', async () => {
    const request = getRequest('/<script>alert(1)</script>', 'Accept: text/html,application/xhtml+xml\r\n')

    const { body, message } = await ask(gateway.port('inner'), request)

    assert.match(value(message, 'content-type') ?? '', /^text\/html/)
    assert.ok(!body.includes('<script>'))
  })

  test('HEAD gets the head alone', async () => {
    const { status, body } = await ask(gateway.port('edge'), 'HEAD /x HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, body], [404, ''])
  })
})
