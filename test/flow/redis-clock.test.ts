import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Limit } from '../../src/limits/limiter.ts'
import { StoreKeys } from '../../src/limits/store-keys.ts'
import { limitOf, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'
import { ScriptAt } from '../support/script-at.ts'

const server = await RedisServer.start()
const script = new ScriptAt(server)
const hour = 3_600_000
const now = 1000 * hour
let limits = 0

after(() => server[Symbol.asyncDispose]())

function quotaOf(quota: number): Limit {
  const amounts = { kind: 'quota', rate: quota, per: hour, burst: 0, overdraft: 0 } as const
  return { id: `quota-${limits++}`, ...amounts, onStoreError: 'local' }
}

describe('a Redis whose clock goes back', () => {
  test('refuses nobody for longer than a full share takes, by a rate', async () => {
    const ask = { limit: limitOf(1, 9, { id: 'rate-back' }), subject: 'ann', cost: 1 }
    const full = { ...ask, cost: 10 }
    await script.take(now + hour, full)

    const first = await script.take(now, ask)
    const later = await script.take(now + 1000, ask)
    const again = await script.take(now + 1000, ask)

    assert.deepEqual([first.deniedBy, first.wait, first.first], [1, 1_000_000, 10_000_000])
    assert.deepEqual([later.deniedBy, again.deniedBy, again.wait], [0, 1, 1_000_000])
  })

  test('admits again in time who asks all the while, on its own clock', async () => {
    await using stage = await redisStage(server.port)
    const ask = { limit: limitOf(10, 0, { id: 'real-back' }), subject: 'ann', cost: 1 }
    const ahead = (Date.now() - Date.UTC(2026, 0, 1) + hour) * 1000
    await server.command('SET', new StoreKeys('tidegate:').keyOf(ask), `${ahead}.000`)

    const denied = await stage.take(ask)
    await pause(denied.retryAfterMs + 1)

    assert.deepEqual([denied.kind, denied.retryAfterMs <= 100], ['denied', true])
    assert.equal((await stage.take(ask)).kind, 'admitted')
  })

  test('forgets nothing of what a share owes that is not full', async () => {
    const ask = { limit: limitOf(1, 9, { id: 'rate-kept' }), subject: 'ann', cost: 1 }
    await script.take(now, { ...ask, cost: 4 })

    assert.equal((await script.look(now - 2000, ask)).first, 6_000_000)
  })

  test('counts all of a quota in the present window, and goes on from there', async () => {
    const ask = { limit: quotaOf(10), subject: 'ann', cost: 1 }
    await script.take(now + 99 * hour, { ...ask, cost: 4 })
    await script.take(now + 100 * hour, { ...ask, cost: 6 })

    const denied = await script.take(now, ask)
    const later = await script.take(now + 1.5 * hour, ask)

    assert.deepEqual([denied.deniedBy, denied.wait / 1000, denied.second], [1, 3_960_000, 10])
    assert.deepEqual([later.deniedBy, later.second], [0, 6])
  })

  test('lets no more than a quota pass in a window when it goes back over the border', async () => {
    const ask = { limit: quotaOf(10), subject: 'ann', cost: 1 }
    await script.take(now - 1, { ...ask, cost: 10 })
    await script.look(now + 1, ask)

    const back = await script.take(now - 1, ask)
    const there = await script.take(now + 1, ask)

    assert.deepEqual([back.deniedBy, there.deniedBy], [1, 1])
  })
})
