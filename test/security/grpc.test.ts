import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { H2Client, pseudo } from '../support/h2-client.ts'
import type { H2Script } from '../support/h2-origin.ts'
import { h2Stage } from '../support/h2-stage.ts'
import { type Field, values } from '../support/message-reader.ts'
import { until } from '../support/raw-client.ts'

// Catalogue 2.15, what it says of gRPC. Deadlines that are none, and codes of resets, are in test/flow/grpc-calls.test.ts as well.

const call: readonly Field[] = [
  ...pseudo('POST', '/shop.Cart/Add'),
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
]
const begun: readonly Field[] = [['content-type', 'application/grpc']]
const message = '\0\0\0\0\x05hello'

/** The code of one call, wherever it stands, and how often it was said. */
async function codes(parts: Parameters<typeof h2Stage>[0], fields: readonly Field[] = call) {
  await using stage = await h2Stage(parts)
  using client = await H2Client.connect(stage.port)
  const answer = await client.response(client.request(fields, message))
  return [answer.status, ...values([...answer.fields, ...answer.trailers], 'grpc-status')]
}

describe('gRPC', () => {
  test('Y01 keeps te: trailers, and nothing else that TE says', async () => {
    await using stage = await h2Stage()
    using client = await H2Client.connect(stage.port)

    await client.response(client.request(call, message))

    assert.deepEqual(values(stage.origin.requests[0]?.fields ?? [], 'te'), ['trailers'])
  })

  test('Y02 says UNAVAILABLE in a head alone when no endpoint is there', async () => {
    await using stage = await h2Stage()
    await stage.origin.kill()
    using client = await H2Client.connect(stage.port)

    const answer = await client.response(client.request(call, message))

    assert.deepEqual([answer.status, values(answer.fields, 'grpc-status'), answer.bytes], [200, ['14'], 0])
  })

  for (const timeout of ['-1S', '1x', '123456789S']) {
    test(`Y03 refuses the deadline ${timeout} with INVALID_ARGUMENT`, async () => {
      assert.deepEqual(await codes({}, [...call, ['grpc-timeout', timeout]]), [200, '3'])
    })
  }

  test('Y04 never waits for the message that a length announces', async () => {
    const huge = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])
    const script: H2Script = {
      onHead: ({ stream }) => stream.head(200, begun),
      onData: ({ stream }, data) => stream.body(data, 'open'),
    }
    await using stage = await h2Stage({ script })
    using client = await H2Client.connect(stage.port)
    const id = client.id()

    client.head(id, call, 'open').body(id, huge, 'open')
    await until(() => client.answer(id).bytes === huge.length, 'the beginning is back')

    assert.deepEqual(Buffer.concat(client.answer(id).pieces), huge)
  })

  for (const [code, expected] of [
    [1, '13'],
    [7, '14'],
    [8, '1'],
    [11, '8'],
  ] as const) {
    test(`Y05 makes ${expected} of a reset with ${code}`, async () => {
      assert.deepEqual(await codes({ script: { onRequest: ({ stream }) => stream.reset(code) } }), [
        200,
        expected,
      ])
    })
  }

  test('Y06 says RESOURCE_EXHAUSTED for trailers above the limit', async () => {
    const many = Array.from({ length: 201 }, (_, i): Field => [`x-${i}`, 'v'])
    const script: H2Script = {
      onRequest: ({ stream }) => stream.head(200, begun).body(message, 'open').trailers(many),
    }

    assert.deepEqual(await codes({ script }), [200, '8'])
  })

  test('Y07 lets a call end that was begun before GOAWAY', async () => {
    const script: H2Script = {
      onRequest: ({ stream }) => {
        stream.head(200, begun).body(message, 'open')
        stream.connection.goaway(stream.id)
        stream.body(message, 'open').trailers([['grpc-status', '0']])
      },
    }

    assert.deepEqual(await codes({ script }), [200, '0'])
  })

  test('Y08 leaves a half-closed call alone that is longer than its route allows others', async () => {
    const script: H2Script = {
      onHead: ({ stream, list }) => {
        if (list.path !== '/plain') stream.head(200, begun)
      },
    }
    await using stage = await h2Stage({ script, route: { timeouts: { total: '100ms' } } })
    using client = await H2Client.connect(stage.port)
    const id = client.request(call, message)
    await until(() => client.answer(id).status === 200, 'it has begun')

    const plain = await client.response(client.request(pseudo('GET', '/plain')))
    stage.origin.requests[0]?.stream.trailers([['grpc-status', '0']])
    const answer = await client.response(id)

    assert.deepEqual([plain.status, values(answer.trailers, 'grpc-status')], [504, ['0']])
  })
})
