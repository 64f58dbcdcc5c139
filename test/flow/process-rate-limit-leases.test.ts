import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { load } from '../support/load-client.ts'

const rate = 200
const burst = 99

function config(): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [
      {
        hosts: ['a.test'],
        filters: [{ rateLimit: { rate: `${rate}/s`, burst } }, { respond: { status: 200 } }],
      },
    ],
  }
}

/**
 * How many of some requests over some connections were admitted, and how many may have been at most: a machine that is so busy that
 * a worker hears nothing for 100 ms lets it decide alone, and that may be once more the burst.
 */
async function asked(gateway: GatewayProcess, connections: number, total: number) {
  const began = performance.now()
  const { answered, refusedByStatus, failed } = await load({
    port: gateway.port('web'),
    connections,
    total,
    request: () => 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n',
  })
  const seconds = (performance.now() - began) / 1000
  assert.deepEqual([failed, answered + refusedByStatus], [0, total])
  return { admitted: answered, atMost: rate * seconds + 2 * (burst + 1) }
}

describe('a rate limit without a Redis', () => {
  test('is one limit for all workers', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 3 })

    const { admitted, atMost } = await asked(gateway, 24, 3000)

    assert.ok(admitted <= atMost, `${admitted} of at most ${atMost}`)
    assert.ok(admitted >= 0.9 * burst, `${admitted}`)
    // In the control process, and as a denial in a worker.
    const subjects = await gateway.metric('tidegate_rate_limit_subjects')
    assert.ok(subjects >= 2 && subjects <= 4, `${subjects}`)
  })

  test('is all there for a client with one connection', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 3 })

    const { admitted, atMost } = await asked(gateway, 1, 1000)

    assert.ok(admitted <= atMost, `${admitted} of at most ${atMost}`)
    assert.ok(admitted >= 0.9 * burst, `${admitted}`)
  })
})
