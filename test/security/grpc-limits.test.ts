import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { type Field, values } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'

// Whoever speaks HTTP/2 may call a request a gRPC call, wherever it goes.

const call: readonly Field[] = [...pseudo('POST', '/x'), ['content-type', 'application/grpc']]
const p = await plainGateway({
  listener: { limits: { body: '1KiB', bodyRate: '10KiB', bodyRateGrace: '100ms' } },
  route: { timeouts: { total: '300ms' }, body: { responseLimit: '1KiB' } },
  routes: [{ hosts: ['slow.test'], timeouts: { total: '5s' }, to: 'origin' }],
})

describe('a request that calls itself gRPC, on the way to an endpoint of HTTP/1.1', () => {
  after(() => p[Symbol.asyncDispose]())
  beforeEach(() => {
    p.gateway.outcomes.length = 0
    p.origin.script = {}
  })

  /** Why the gateway answers. */
  async function reasonOf(fields: readonly Field[], body: string, rest: 'end' | 'open' = 'end') {
    using client = await H2Client.connect(p.port)
    const id = client.id()
    client.head(id, fields, 'open').body(id, body, rest)
    await client.response(id)
    return (await p.gateway.outcome()).reason
  }

  test('has no larger body than others', async () => {
    assert.equal(await reasonOf(call, 'x'.repeat(1025)), 'body_too_large')
  })

  test('has no larger response', async () => {
    p.origin.script = { onRequest: () => answer(200, 'x'.repeat(1025)) }

    assert.equal(await reasonOf(call, 'x'), 'response_too_large')
  })

  test('has no more time, whatever deadline it says', async () => {
    p.origin.script = { onRequest: () => [] }

    assert.equal(await reasonOf([...call, ['grpc-timeout', '1H']], 'x'), 'route_timeout')
  })

  test('is not slower', async () => {
    const slow: readonly Field[] = [
      ...pseudo('POST', '/x', 'slow.test'),
      ['content-type', 'application/grpc'],
    ]

    assert.equal(await reasonOf(slow, 'x', 'open'), 'request_body_timeout')
  })
})

describe('a call of gRPC', () => {
  for (const [what, limit, code] of [
    ['is as long as it likes, whatever the listener says', undefined, []],
    ['is no longer than its own route says', '1KiB', ['8']],
  ] as const) {
    test(what, async () => {
      await using stage = await h2Stage({
        listener: { limits: { body: '1KiB' } },
        route: limit === undefined ? {} : { body: { limit } },
      })
      using client = await H2Client.connect(stage.port)

      const { fields } = await client.response(client.request(call, 'x'.repeat(1025)))

      assert.deepEqual(values(fields, 'grpc-status'), code)
    })
  }
})
