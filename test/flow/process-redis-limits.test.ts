import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayProcess } from '../support/gateway-process.ts'
import { until } from '../support/raw-client.ts'
import { RedisServer } from '../support/redis-server.ts'

function config(redis: object, rule: object, workers = 1): string {
  return JSON.stringify({
    workers,
    redis: { deadline: '1s', ...redis },
    accessLog: { to: 'off' },
    admin: { address: '127.0.0.1:0' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [
      {
        filters: [
          { rateLimit: { key: 'everyone', rate: '1/d', name: 'all', ...rule } },
          { respond: { status: 200 } },
        ],
      },
    ],
  })
}

async function statuses(gateway: GatewayProcess, times: number): Promise<Record<number, number>> {
  const found: Record<number, number> = {}
  for (let i = 0; i < times; i++) {
    const { status } = await gateway.get('/')
    found[status] = (found[status] ?? 0) + 1
  }
  return found
}

describe('gateways with a Redis', () => {
  test('share the counts of their limits, also with several workers', async () => {
    await using redis = await RedisServer.start()
    const text = (workers: number): string =>
      config({ url: `redis://127.0.0.1:${redis.port}` }, { burst: 9 }, workers)
    await using one = await GatewayProcess.start(text(1))
    await using two = await GatewayProcess.start(text(2))

    const [here, there] = await Promise.all([statuses(one, 20), statuses(two, 20)])

    assert.equal((here[200] ?? 0) + (there[200] ?? 0), 10)
    assert.equal((here[429] ?? 0) + (there[429] ?? 0), 30)
  })

  test('say when it goes and comes, and refuse 503 what is closed meanwhile', async () => {
    await using redis = await RedisServer.start()
    await using gateway = await GatewayProcess.start(
      config({ url: `redis://127.0.0.1:${redis.port}` }, { burst: 1000, onStoreError: 'closed' }),
    )
    await gateway.line(/the Redis of rate limits answers/)

    await redis.kill()
    await gateway.line(/the Redis of rate limits does not answer/)
    const without = await gateway.get('/')
    const { text: metrics } = await gateway.get('/metrics', { name: 'admin' })
    await redis.start()
    await gateway.line(/the Redis of rate limits answers/, 2)
    const again = await gateway.get('/')

    assert.deepEqual([without.status, again.status], [503, 200])
    assert.match(metrics, /^tidegate_rate_limit_store_down 1$/m)
    assert.match(metrics, /^tidegate_rate_limit_store_transitions_total 2$/m)
    assert.match(metrics, /^tidegate_rate_limit_decisions_total\{by="unavailable"\} 1$/m)
  })

  test('count each other, and divide their limits by that while it is away', async () => {
    await using redis = await RedisServer.start()
    const text = (workers: number): string =>
      config({ url: `redis://127.0.0.1:${redis.port}` }, { burst: 9 }, workers)
    await using one = await GatewayProcess.start(text(1))
    await using two = await GatewayProcess.start(text(2))
    const counted = (gateway: GatewayProcess): unknown =>
      gateway.lines(/gateways that share the Redis of rate limits/).at(-1)?.['replicas']
    await until(() => counted(one) === 2 && counted(two) === 2, 'both count two', 30_000)

    await redis.kill()
    for (const gateway of [one, two]) await gateway.line(/the Redis of rate limits does not answer/)
    const alone = await statuses(one, 20)
    const counts = [one, two].map((gateway) =>
      gateway.metric('tidegate_rate_limit_replicas{from="heartbeats"}'),
    )

    assert.deepEqual(await Promise.all(counts), [2, 2])
    // Five of the ten that the limit admits at once.
    assert.deepEqual(alone, { 200: 5, 429: 15 })
  })

  test('divide their limits by the number that is configured', async () => {
    await using redis = await RedisServer.prepare()
    await using gateway = await GatewayProcess.start(
      config({ url: `redis://127.0.0.1:${redis.port}`, replicas: 5 }, { burst: 9 }),
    )

    assert.deepEqual(await statuses(gateway, 10), { 200: 2, 429: 8 })
    assert.equal(await gateway.metric('tidegate_rate_limit_replicas{from="configured"}'), 5)
  })

  test('start without it, and let through what is open', async () => {
    await using redis = await RedisServer.prepare()
    await using gateway = await GatewayProcess.start(
      config({ url: `redis://127.0.0.1:${redis.port}` }, { burst: 0, onStoreError: 'open' }),
    )

    assert.deepEqual(await statuses(gateway, 5), { 200: 5 })
    assert.equal(await gateway.metric('tidegate_rate_limit_replicas{from="assumed"}'), 1)
  })

  test('never tell its password', async () => {
    await using redis = await RedisServer.start('--requirepass', 'canary-of-redis')
    process.env['TEST_REDIS_PASSWORD'] = 'canary-of-redis'
    await using gateway = await GatewayProcess.start(
      config({ url: `redis://127.0.0.1:${redis.port}`, password: '${TEST_REDIS_PASSWORD}' }, { burst: 0 }),
    )
    delete process.env['TEST_REDIS_PASSWORD']
    await gateway.line(/the Redis of rate limits answers/)
    await redis.kill()
    await gateway.line(/the Redis of rate limits does not answer/)

    assert.deepEqual(await statuses(gateway, 2), { 200: 1, 429: 1 })
    const { text: model } = await gateway.get('/api/model', { name: 'admin' })
    const told = [JSON.stringify(gateway.log), gateway.accessLog, model].join()
    assert.doesNotMatch(told, /canary-of-redis/)
    assert.match(model, /TEST_REDIS_PASSWORD/)
  })
})
