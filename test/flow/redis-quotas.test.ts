import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { Ask, Limit } from '../../src/limits/limiter.ts'
import { StoreKeys } from '../../src/limits/store-keys.ts'
import { PlainQuota } from '../support/plain-quota.ts'
import { admittedOf, limitOf, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'
import { ScriptAt } from '../support/script-at.ts'

const server = await RedisServer.start()
const stage = await redisStage(server.port)
const script = new ScriptAt(server)
const hour = 3_600_000

function quotaOf(quota: number, id: string, parts: Partial<Limit> = {}): Limit {
  const amounts = { kind: 'quota', rate: quota, per: hour, burst: 0, overdraft: 0 } as const
  return { id, ...amounts, onStoreError: 'local', ...parts }
}

function ask(limit: Limit, cost = 1): Ask {
  return { limit, subject: 'ann', cost }
}

const steps = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 1, 60_000, 700_000, 1_800_000, hour, 2 * hour, 3 * hour),
    cost: fc.constantFrom(1, 1, 2, 5),
  }),
  { minLength: 1, maxLength: 30 },
)
let limits = 0

describe('a quota on Redis', () => {
  after(async () => {
    await stage[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('is what the plain counts say, at every request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), steps, async (quota, all) => {
        const limit = quotaOf(quota, `plain-${limits++}`)
        const plain = new PlainQuota(quota, hour)
        let now = 1000 * hour
        for (const { pause, cost } of all) {
          now += pause
          const { deniedBy, wait, first: reset, second: used } = await script.take(now, ask(limit, cost))

          const isAdmitted = plain.take(now, cost)
          assert.equal(deniedBy, isAdmitted ? 0 : 1)
          assert.equal(used, Math.max(0, Math.ceil(plain.used(now) - 1e-6)))
          assert.equal(wait > 0, !isAdmitted)
          assert.ok(reset <= hour * 1000)
        }
        assert.ok(plain.mostInWindow <= quota)
      }),
      { numRuns: 25 },
    )
  })

  test('admits after the wait it names, and not before', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const limit = quotaOf(7, `wait-${limits++}`)
        let now = 1000 * hour
        for (const { pause, cost } of all) {
          now += pause
          await script.take(now, ask(limit, cost))
        }
        const { deniedBy, wait } = await script.take(now, ask(limit))
        fc.pre(deniedBy === 1 && wait > 2000)
        const early = await script.take(now + wait / 1000 - 1, ask(limit))
        const late = await script.take(now + wait / 1000 + 0.01, ask(limit))

        assert.deepEqual([early.deniedBy, late.deniedBy], [1, 0])
      }),
      { numRuns: 25 },
    )
  })

  test('and rates are one question, and all or nothing', async () => {
    const quota = quotaOf(5, 'beside')
    const rate = limitOf(0.01, 2, { id: 'beside-rate' })

    const admitted = await admittedOf(10, () => stage.take(quota, rate))
    const verdict = await stage.take(quota)

    assert.equal(admitted, 3)
    // The rate admits three, and what it denied has taken nothing from the quota.
    assert.deepEqual([verdict.kind, verdict.remaining, verdict.by], ['admitted', [1], 'store'])
  })

  test('is one for all who share the Redis, and refuses from memory whom it has refused', async () => {
    await using other = await redisStage(server.port)
    const quota = quotaOf(50, 'shared')

    const [here, there] = await Promise.all([
      admittedOf(60, () => stage.take(quota)),
      admittedOf(60, () => other.take(quota)),
    ])
    const questions = other.limiter.counters.decisions.store
    const denied = await other.take(quota)

    assert.equal(here + there, 50)
    assert.deepEqual([denied.kind, denied.deniedBy], ['denied', 0])
    // Longer than a denial is remembered: one of fifty comes back in 72 seconds of the next hour.
    assert.ok(denied.retryAfterMs >= 71_000, `${denied.retryAfterMs}`)
    assert.equal(other.limiter.counters.decisions.store, questions)
  })

  test('may be overdrawn by what is taken later', async () => {
    const quota = quotaOf(10, 'overdrawn', { overdraft: 50 })
    await stage.take(quota)

    stage.limiter.debit([{ limit: quota, subject: 'ann', cost: 1000 }])
    const { kind, remaining, retryAfterMs } = await stage.take(quota)

    assert.deepEqual([kind, remaining], ['denied', [0]])
    // 60 are counted, which is 51 too many.
    assert.ok(retryAfterMs > (51 / 60) * hour && retryAfterMs <= (1 + 51 / 60) * hour, `${retryAfterMs}`)
  })

  test('expires when nothing of it counts any more', async () => {
    await stage.take(quotaOf(10, 'expires', { per: 60_000 }))

    const [key = ''] = new StoreKeys('tidegate:').sharesOf([
      { limit: quotaOf(10, 'expires', { per: 60_000 }), subject: 'ann', cost: 1 },
    ]).keys
    const left = Number((await server.command('PTTL', key)).slice(1))

    assert.ok(left > 60_000 && left <= 120_001, `${left}`)
  })

  for (const [i, stored] of ['nan nan nan', 'nan', '1 . .', '..', `${'9'.repeat(400)} 0 0`].entries()) {
    test(`begins anew where something else was stored: ${stored.slice(0, 20)}`, async () => {
      const limit = quotaOf(10, `stored-${i}`)
      const others = quotaOf(10, `not-stored-${i}`)
      await server.command('SET', new StoreKeys('tidegate:').keyOf(ask(limit)), stored)

      const both = await Promise.all([stage.take(limit), stage.take(others)])

      assert.deepEqual(
        both.map(({ by, remaining }) => [by, remaining]),
        [
          ['store', [9]],
          ['store', [9]],
        ],
      )
    })
  }

  test('counts in the process while Redis is away', async () => {
    await using own = await RedisServer.start()
    await using alone = await redisStage(own.port, { replicas: 2 })
    await own.kill()
    await alone.until('down')

    assert.equal(await admittedOf(20, () => alone.take(quotaOf(10, 'away'))), 5)
  })
})
