import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Redis } from 'ioredis'
import type { ConcurrencyLimit } from '../../src/limits/concurrency/permits.ts'
import { permitStage } from '../support/permit-stage.ts'
import { patienceMs } from '../support/raw-client.ts'
import { RedisServer } from '../support/redis-server.ts'

const server = await RedisServer.start()
const client = new Redis(server.port, { host: '127.0.0.1' })
const limit: ConcurrencyLimit = { id: 'all', most: 2, store: 'shared', onStoreError: 'local' }
const hour = 3_600_000

after(async () => {
  client.disconnect()
  await server[Symbol.asyncDispose]()
})

test('a permit of a gateway that is gone ends though the clock of Redis went back, and those that are held stay', async () => {
  await using stage = await permitStage(server.port, { lease: 600 })
  const take = async (): Promise<string> => (await stage.concurrency.take({ limit, subject: 's' })).kind
  const held = await take()
  const [key = ''] = await client.keys('*:flight:*')
  const [permit = ''] = await client.zrange(key, 0, '0')

  // Both leases end in an hour, as they would have before the clock went back.
  const end = String(Date.now() + hour)
  await client.zadd(key, end, permit, end, 'gone:1')
  const before = [await take(), await take()]
  const until = performance.now() + patienceMs
  while ((await take()) !== 'admitted') assert.ok(performance.now() < until, 'waited in vain')
  const afterwards = await take()

  assert.deepEqual([held, before, afterwards], ['admitted', ['denied', 'denied'], 'denied'])
  assert.ok((await client.pttl(key)) > 0)
})
