import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createStore } from '../../src/limits/create-store.ts'
import { LimitCounts } from '../../src/limits/limit-counts.ts'
import { ReplicaCount } from '../../src/limits/replicas/replica-count.ts'
import type { ReplicaOrigin } from '../../src/limits/replicas/replica-origins.ts'
import type { Store } from '../../src/limits/store.ts'
import { systemClock } from '../../src/std/clock.ts'
import { until } from '../support/raw-client.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { redisAt } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

const times = { every: 50, life: 1500 }

interface CountedGateway extends AsyncDisposable {
  readonly replicas: ReplicaCount
  readonly store: Store
  /** Every number it told, and who said each. */
  readonly told: number[]
  readonly origins: ReplicaOrigin[]
}

/** What a gateway does about its replicas; `prefix` keeps those of one test apart. */
async function gatewayOf(
  where: number | readonly number[],
  id: string,
  prefix: string,
): Promise<CountedGateway> {
  const counts = new LimitCounts()
  const deps = { clock: systemClock, counts, onEvent: () => {}, onDown: () => {} }
  const store = createStore(redisAt(where), deps, () => 0.5)
  const told: number[] = []
  const origins: ReplicaOrigin[] = []
  const replicas = new ReplicaCount({
    clock: systemClock,
    store,
    prefix,
    id,
    onCount(count, from) {
      told.push(count)
      origins.push(from)
    },
    ...times,
  })
  await replicas.start()
  return { replicas, store, told, origins, [Symbol.asyncDispose]: () => replicas.close() }
}

function counting(count: number, ...all: readonly CountedGateway[]): Promise<void> {
  return until(() => all.every(({ replicas }) => replicas.count === count), `all count ${count}`)
}

const server = await RedisServer.start()

describe('gateways that share a Redis', () => {
  after(() => server[Symbol.asyncDispose]())

  test('count each other, and forget one that was killed', async () => {
    await using a = await gatewayOf(server.port, 'a', 'killed:')
    await using b = await gatewayOf(server.port, 'b', 'killed:')
    await using c = await gatewayOf(server.port, 'c', 'killed:')
    await counting(3, a, b, c)

    // Nothing is said any more: its connection is gone, and with it what would have said farewell.
    c.store.close()
    await counting(2, a, b)

    assert.deepEqual([a.told[0], a.told.at(-2), c.replicas.count], [1, 3, 3])
  })

  test('say farewell, and leave nothing behind', async () => {
    await using a = await gatewayOf(server.port, 'a', 'farewell:')
    await using b = await gatewayOf(server.port, 'b', 'farewell:')
    await counting(2, a, b)

    await b.replicas.close()
    const stored = await server.command('GET', 'farewell:replicas')
    await counting(1, a)

    assert.match(stored, /^a \d+$/)
    assert.match(await server.command('PTTL', 'farewell:replicas'), /^:\d+$/)
  })

  test('keep the count while Redis is away, and when it comes back empty', async () => {
    await using own = await RedisServer.start()
    await using a = await gatewayOf(own.port, 'a', 'away:')
    await using b = await gatewayOf(own.port, 'b', 'away:')
    await counting(2, a, b)

    await own.kill()
    await until(() => !a.store.isUp && !b.store.isUp, 'Redis is away')
    const away = [a.replicas.count, b.replicas.count]
    await own.start()
    await until(() => a.store.isUp && b.store.isUp, 'Redis is back')
    await using c = await gatewayOf(own.port, 'c', 'away:')
    await counting(3, a, b, c)

    assert.deepEqual(
      [away, a.told, b.told],
      [
        [2, 2],
        [1, 2, 3],
        [2, 3],
      ],
    )
  })

  test('count each other in a Cluster', async () => {
    await using cluster = await RedisCluster.start(3)
    await using a = await gatewayOf(cluster.ports, 'a', 'cluster:')
    await using b = await gatewayOf(cluster.ports, 'b', 'cluster:')

    await counting(2, a, b)
    assert.deepEqual(b.told, [2])
  })

  test('go on when what is stored is something else', async () => {
    await server.command('LPUSH', 'broken:replicas', 'x')
    await using a = await gatewayOf(server.port, 'a', 'broken:')

    assert.equal(a.replicas.count, 1)
  })

  test('count nobody who is from the future, or long gone', async () => {
    await server.command('SET', 'times:replicas', 'x 99999999999999 y 1 z')
    await using a = await gatewayOf(server.port, 'a', 'times:')

    assert.equal(a.replicas.count, 1)
  })

  test('do not wait for a Redis that is not there', async () => {
    await using own = await RedisServer.prepare()
    await using a = await gatewayOf(own.port, 'a', '')

    assert.deepEqual([a.replicas.count, a.told], [0, []])
    await own.start()
    await counting(1, a)
  })

  test('take what their own Service says until Redis has told a number, and never after', async () => {
    await using own = await RedisServer.prepare()
    await using a = await gatewayOf(own.port, 'a', '')

    for (const ready of [3, 3, 2]) a.replicas.suppose(ready)
    const away = [...a.told]
    await own.start()
    await counting(1, a)
    a.replicas.suppose(5)
    await own.kill()
    await until(() => !a.store.isUp, 'Redis is away again')
    a.replicas.suppose(5)

    assert.deepEqual(away, [3, 2])
    assert.deepEqual(
      [a.replicas.count, a.told, a.origins],
      [1, [3, 2, 1], ['service', 'service', 'heartbeats']],
    )
  })

  test('believe a Redis at once that counts no fewer than their own Service', async () => {
    await using own = await RedisServer.prepare()
    await using a = await gatewayOf(own.port, 'a', '')

    a.replicas.suppose(1)
    await own.start()
    await until(() => a.told.length === 2, 'Redis has told a number')
    a.replicas.suppose(2)

    assert.deepEqual(
      [a.told, a.origins],
      [
        [1, 1],
        ['service', 'heartbeats'],
      ],
    )
  })
})
