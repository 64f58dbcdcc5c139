import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../support/fake-clock.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { limitOf, redisStage } from '../support/redis-limiter.ts'

test('a denial of a Cluster is not remembered for long, as what was taken may be given back', async () => {
  await using cluster = await RedisCluster.start(3)
  const clock = new FakeClock()
  await using stage = await redisStage(cluster.ports, { clock })
  const limit = limitOf(0.01, 0, { onStoreError: 'closed' })
  const first = await stage.take(limit)
  const second = await stage.take(limit)

  for (const master of cluster.masters) await master.command('FLUSHALL')
  const remembered = await stage.take(limit)
  clock.advance(1001)
  const after = await stage.take(limit)

  assert.deepEqual(
    [first, second, remembered, after].map(({ kind, by }) => `${kind} by ${by}`),
    ['admitted by store', 'denied by store', 'denied by store', 'admitted by store'],
  )
})
