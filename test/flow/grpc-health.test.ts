import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { H2Script } from '../support/h2-origin.ts'
import { type H2Stage, h2Stage } from '../support/h2-stage.ts'
import { values } from '../support/message-reader.ts'
import { until } from '../support/raw-client.ts'

/** Answers health checks with a status of `grpc.health.v1`. */
function serving(status: number): H2Script {
  return {
    onRequest: ({ stream }) =>
      stream
        .head(200, [['content-type', 'application/grpc']])
        .body(Buffer.from([0, 0, 0, 0, 2, 8, status]), 'open')
        .trailers([['grpc-status', '0']]),
  }
}

const health = { kind: 'grpc', grpc: { service: 'shop.Cart' }, interval: '50ms', timeout: '40ms' }

function state(stage: H2Stage) {
  return stage.gateway.gateway.registry.describe()[0]?.endpoints[0]
}

describe('a gRPC health check', () => {
  test('asks for the service, and takes SERVING for healthy', async () => {
    await using stage = await h2Stage({ script: serving(1), cluster: { health } })

    await until(() => state(stage)?.state === 'healthy', 'the endpoint is healthy')

    const [request] = stage.origin.requests
    assert.equal(request?.list.path, '/grpc.health.v1.Health/Check')
    assert.deepEqual(values(request?.fields ?? [], 'te'), ['trailers'])
    assert.deepEqual(
      Buffer.concat(request?.pieces ?? []),
      Buffer.from('\0\0\0\0\x0b\x0a\x09shop.Cart', 'latin1'),
    )
  })

  for (const [what, script, cause] of [
    ['NOT_SERVING', serving(2), /NOT_SERVING/],
    ['SERVICE_UNKNOWN', serving(3), /SERVICE_UNKNOWN/],
    [
      'UNIMPLEMENTED',
      { onRequest: ({ stream }) => stream.head(200, [['grpc-status', '12']], 'end') },
      /grpc-status 12/,
    ],
    ['no gRPC', { onRequest: ({ stream }) => stream.head(404, [], 'end') }, /404/],
    ['a reset', { onRequest: ({ stream }) => stream.reset(2) }, /INTERNAL_ERROR/],
    ['nothing', { onRequest: () => {} }, /in time/],
    [
      'no HTTP/2',
      { onConnection: ({ socket }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
      /FRAME|PROTOCOL/,
    ],
  ] as readonly [string, H2Script, RegExp][]) {
    test(`takes ${what} for ill`, async () => {
      await using stage = await h2Stage({ script, cluster: { health } })

      await until(() => state(stage)?.state === 'unhealthy', 'the endpoint is unhealthy')

      assert.match(state(stage)?.cause ?? '', cause)
    })
  }
})
