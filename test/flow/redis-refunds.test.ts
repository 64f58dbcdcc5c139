import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as fc from 'fast-check'
import type { Ask, Limit } from '../../src/limits/limiter.ts'
import { askOf, subjectOn } from '../support/cluster-subjects.ts'
import { PlainQuota } from '../support/plain-quota.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { admittedOf, limitOf, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'
import { ScriptAt, type Told } from '../support/script-at.ts'

const server = await RedisServer.start()
const cluster = await RedisCluster.start(3)
const script = new ScriptAt(server)
const hour = 3_600_000
const burst = 9
let limits = 0

after(async () => {
  await cluster[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** One in a second, and ten at once. */
function rateOf(): Limit {
  return limitOf(1, burst, { id: `rate-${limits++}` })
}

function quotaOf(quota: number): Limit {
  const amounts = { kind: 'quota', rate: quota, per: hour, burst: 0, overdraft: 0 } as const
  return { id: `quota-${limits++}`, ...amounts, onStoreError: 'local' }
}

function ask(limit: Limit, cost = 1): Ask {
  return { limit, subject: 'ann', cost }
}

function look(ms: number, limit: Limit): Promise<Told> {
  return script.look(ms, ask(limit))
}

/** How many of so many more are admitted at once. */
async function admittedAt(ms: number, limit: Limit, times = 20): Promise<number> {
  let admitted = 0
  for (let i = 0; i < times; i++) if ((await script.take(ms, ask(limit))).deniedBy === 0) admitted++
  return admitted
}

/** What is done with a share: something is taken for good, decided or not, or to be given back, or the one that waits there is given back. */
const steps = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 100, 300, 300, 700, 700, 1500, 11_000),
    what: fc.constantFrom('keep', 'owe', 'lend', 'lend', 'give back', 'give back'),
    cost: fc.constantFrom(0.5, 1, 1, 2),
    which: fc.nat(),
  }),
  { minLength: 1, maxLength: 40 },
)

describe('what a rate is given back', () => {
  test('makes no share fuller than it would be without what was taken', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const limit = { ...rateOf(), overdraft: 1 }
        const most = (burst + 2) * 1000
        const waiting: Told[] = []
        let now = 1000 * hour
        /** What is owed by those alone that keep what they took, in milliseconds. */
        let alone = 0
        for (const { pause: ms, what, cost, which } of all) {
          now += ms
          alone = Math.max(0, alone - ms)
          if (what === 'give back') {
            const [told] = waiting.splice(which % (waiting.length + 1), 1)
            if (told !== undefined) await script.giveBack(now, told)
          } else if (what === 'owe') {
            await script.debit(now, ask(limit, 4 * cost))
            alone = Math.min(most, alone + 4000 * cost)
          } else {
            const told = await script.take(now, ask(limit, cost))
            if (told.deniedBy === 0 && what === 'lend') waiting.push(told)
            else if (told.deniedBy === 0) alone += cost * 1000
          }
          const { first: owed } = await look(now, limit)
          assert.ok(owed >= alone * 1000 - 1, `${owed} of ${alone * 1000}`)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is all of it while none has drained, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), async (order) => {
        const limit = rateOf()
        const now = 1000 * hour
        await script.take(now, ask(limit, 2))
        const lent: Told[] = []
        for (const i of order.keys()) lent.push(await script.take(now + i, ask(limit)))
        for (const which of order) {
          const [told] = lent.splice(which % lent.length, 1)
          if (told !== undefined) await script.giveBack(now + 20, told)
        }
        assert.equal((await look(now + 20, limit)).first, 1_980_000)
      }),
      { numRuns: 20 },
    )
  })

  test('is nothing of what has drained by itself', async () => {
    const limit = rateOf()
    const lent = await script.take(hour, ask(limit))

    const admitted = await admittedAt(hour + 1000, limit)
    await script.giveBack(hour + 1000, lent)

    assert.deepEqual([admitted, await admittedAt(hour + 1000, limit)], [burst + 1, 0])
  })

  test('is what is left, when a part has drained', async () => {
    const limit = rateOf()
    const lent = await script.take(hour, ask(limit))
    await script.take(hour, ask(limit, 5))

    await script.giveBack(hour + 400, lent)

    assert.equal((await look(hour + 400, limit)).first, 5_000_000)
  })

  test('is no more for what was given back in front of it', async () => {
    const limit = rateOf()
    const [one, two] = [await script.take(hour, ask(limit)), await script.take(hour, ask(limit))]
    await script.giveBack(hour + 500, one)
    await script.take(hour + 1400, ask(limit))

    await script.giveBack(hour + 1500, two)

    // All of the second has drained by 1500 ms, and the third owes 900 ms of its own.
    assert.equal((await look(hour + 1500, limit)).first, 1_000_000)
  })

  test('is no more than what is left of both when one question took twice', async () => {
    const limit = rateOf()
    const lent = await script.take(hour, ask(limit), ask(limit, 2))
    await script.take(hour + 2500, ask(limit, 5))

    await script.giveBack(hour + 2500, lent)

    assert.equal((await look(hour + 2500, limit)).first, 5_000_000)
  })

  test('is nothing once the share was to owe more than it may', async () => {
    const limit = { ...rateOf(), overdraft: 2 }
    const lent = await script.take(hour, ask(limit, 10))
    await script.debit(hour + 1, ask(limit, 5))

    await script.giveBack(hour + 2, lent)

    // Alone it would owe 5, and not 2: what it was spared does not count twice.
    const { first } = await look(hour + 2, limit)
    assert.ok(first >= 4_999_000, `${first}`)
  })

  test('is nothing of what was taken before the clock of Redis went back', async () => {
    const limit = rateOf()
    await script.take(hour, ask(limit, 5))
    const lent = await script.take(hour, ask(limit, 5))
    await look(hour - 5000, limit)

    await script.giveBack(hour + 1000, lent)

    // All it may owe was owed since five seconds before, and six have passed.
    assert.equal((await look(hour + 1000, limit)).first, 4_000_000)
  })

  test('is what was taken later than that', async () => {
    const limit = { ...rateOf(), overdraft: 2 }
    await script.debit(hour, ask(limit, 20))
    const lent = await script.take(hour + 5000, ask(limit, 3))

    await script.giveBack(hour + 5000, lent)

    assert.equal((await look(hour + 5000, limit)).first, 7_000_000)
  })

  for (const [when, ms] of [
    ['more than ten seconds later', 10_001],
    ['before it was taken', -1],
  ] as const) {
    test(`is nothing ${when}, by the clock of Redis`, async () => {
      const limit = limitOf(0.01, burst, { id: `patience-${limits++}` })
      const lent = await script.take(hour, ask(limit))

      await script.giveBack(hour + ms, lent)

      assert.equal((await look(hour + ms, limit)).first, 100_000_000 - ms * 1000)
    })
  }

  test('is remembered for ten seconds after the share is full', async () => {
    const limit = rateOf()
    const now = Date.now() - Date.UTC(2026, 0, 1)
    const own = new ScriptAt(server, { expiring: 'on' })
    const lent = await own.take(now, ask(limit, 3))

    await own.giveBack(now, lent)

    const left = Number((await server.command('PTTL', own.keyOf(ask(limit)))).slice(1))
    assert.ok(left > 5000 && left <= 10_001, `${left}`)
  })
})

describe('what a quota is given back', () => {
  test('leaves it as it would be without what was taken', async () => {
    const pauses = fc.constantFrom(0, 1, 1000, 700_000, 1_800_000, hour)
    const costs = fc.constantFrom(1, 1, 2, 5)
    const whats = fc.constantFrom('keep', 'lend', 'lend', 'give back')
    const each = fc.record({ pause: pauses, cost: costs, what: whats, which: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(each, { minLength: 1, maxLength: 30 }), async (all) => {
        const limit = quotaOf(20)
        const plain = new PlainQuota(1000, hour)
        const waiting: { readonly told: Told; readonly at: number; readonly cost: number }[] = []
        let now = 1000 * hour
        for (const { pause: ms, cost, what, which } of all) {
          now += ms
          if (what === 'give back') {
            const [lent] = waiting.splice(which % (waiting.length + 1), 1)
            if (lent !== undefined) await script.giveBack(now, lent.told)
            continue
          }
          const told = await script.take(now, ask(limit, cost))
          if (told.deniedBy !== 0) continue
          if (what === 'lend') waiting.push({ told, at: now, cost })
          else plain.take(now, cost)
        }
        for (const { at, cost } of waiting) plain.take(at, cost)

        assert.equal((await look(now, limit)).second, Math.max(0, Math.ceil(plain.used(now) - 1e-6)))
      }),
      { numRuns: 60 },
    )
  })

  for (const [when, ms] of [
    ['at once', 0],
    ['three seconds into the next window', 4000],
  ] as const) {
    test(`${when} lets no more pass than it says in a window`, async () => {
      const limit = quotaOf(10)
      const border = 1000 * hour
      const lent: Told[] = []
      for (let i = 0; i < 3; i++) lent.push(await script.take(border - 1000, ask(limit)))
      const later = border - 1000 + ms

      const before = await admittedAt(later, limit)
      for (const told of lent) await script.giveBack(later, told)

      assert.equal(before + (await admittedAt(later, limit)), 10)
    })
  }

  test('is nothing while it owes as much as it may, beyond what it holds', async () => {
    const limit = { ...quotaOf(10), overdraft: 2 }
    const lent = await script.take(1000 * hour, ask(limit, 10))
    await script.debit(1000 * hour, ask(limit, 5))

    await script.giveBack(1000 * hour, lent)

    const { second } = await look(1000 * hour, limit)
    assert.ok(second >= 5, `${second}`)
  })

  test('is nothing when its window does not count any more', async () => {
    const limit = quotaOf(10)
    const lent = await script.take(1000 * hour, ask(limit, 5))
    await script.take(1002 * hour, ask(limit, 7))

    await script.giveBack(1002 * hour, lent)

    assert.equal((await look(1002 * hour, limit)).second, 7)
  })
})

describe('a limiter on a Redis Cluster that gives back late', () => {
  test('admits the rate, the burst and one of the wide rule, and no more', async () => {
    await using stage = await redisStage(cluster.ports, { settings: { deadline: 60_000 } })
    const wide = askOf(limitOf(1, burst, { id: 'late-wide' }), subjectOn(cluster, 0))
    const narrow = askOf(limitOf(0.01, 0, { id: 'late-narrow' }), subjectOn(cluster, 1))
    await stage.take(narrow)

    cluster.masters[1]?.signal('SIGSTOP')
    const denied = stage.take(wide, narrow)
    await pause(1100)
    const from = performance.now()
    const before = await admittedOf(30, () => stage.take(wide))
    cluster.masters[1]?.signal('SIGCONT')
    const { kind } = await denied
    // By one who remembers no denial.
    await using other = await redisStage(cluster.ports, { settings: { deadline: 60_000 } })
    const more = await admittedOf(30, () => other.take(wide))
    const most = (performance.now() - from) / 1000 + burst + 1

    assert.deepEqual([kind, stage.limiter.counters.refunds], ['denied', 1])
    assert.ok(before + more <= most, `${before} and ${more} of ${most}`)
  })
})
