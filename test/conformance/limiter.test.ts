import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LeaseOffice } from '../../src/limits/leases/lease-office.ts'
import { LeasedLimiter, type OfficeLink } from '../../src/limits/leases/leased-limiter.ts'
import type { Ask, Limit, Limiter, Verdict } from '../../src/limits/limiter.ts'
import { LocalLimiter } from '../../src/limits/local-limiter.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

// What every limiter does, by each of the three: some that count together are asked in turn.

const server = await RedisServer.start()
const patient = { settings: { deadline: 5000 } }
const stages = [await redisStage(server.port, patient), await redisStage(server.port, patient)]

after(async () => {
  for (const stage of stages) await stage[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const limiters: Readonly<Record<string, () => readonly Limiter[]>> = {
  'in memory': () => [new LocalLimiter(new FakeClock(), { subjects: 1000, shares: 1 })],
  'that leases': leased,
  'on Redis': () => stages.map(({ limiter }) => limiter),
}

function leased(): readonly Limiter[] {
  const clock = new FakeClock()
  const office = new LeaseOffice(clock, { workers: 2, subjects: 1000 })
  const link: OfficeLink = {
    ask: async (demands) => office.ask(demands),
    giveBack: (returns) => office.giveBack(returns),
  }
  const newOne = (): LeasedLimiter => {
    const alone = new LocalLimiter(clock, { subjects: 1000, shares: 2 })
    return new LeasedLimiter({ clock, link, workers: 2, subjects: 1000, alone })
  }
  return [newOne(), newOne()]
}

/** Ids are new for each test: those on Redis have one memory. */
let ids = 0

/** So slow that nothing comes back during a test. */
function rateOf(burst: number, overdraft = 0): Limit {
  const amounts = { kind: 'rate', rate: 1, per: 86_400_000, burst, overdraft } as const
  return { id: `limit-${ids++}`, ...amounts, onStoreError: 'closed' }
}

function quotaOf(quota: number, overdraft = 0): Limit {
  const amounts = { kind: 'quota', rate: quota, per: 30 * 86_400_000, burst: 0, overdraft } as const
  return { id: `limit-${ids++}`, ...amounts, onStoreError: 'closed' }
}

function ask(limit: Limit, cost = 1, subject = 'ann'): Ask {
  return { limit, subject, cost }
}

for (const [name, create] of Object.entries(limiters)) {
  describe(`a limiter ${name}`, () => {
    /** Asks those that count together in turn. */
    function stage() {
      const all = create()
      let next = 0
      const take = async (...asks: readonly Ask[]): Promise<Verdict> => {
        const limiter = all[next++ % all.length]
        return (await limiter?.take(asks)) ?? assert.fail()
      }
      const debit = async (...asks: readonly Ask[]): Promise<void> => {
        all[next++ % all.length]?.debit(asks)
        await turn()
        await turn()
      }
      return { take, debit }
    }

    async function admitted(take: () => Promise<Verdict>, times: number): Promise<number> {
      let count = 0
      for (let i = 0; i < times; i++) if ((await take()).kind === 'admitted') count++
      return count
    }

    for (const [what, limit] of [
      ['rate', () => rateOf(4)],
      ['quota', () => quotaOf(5)],
    ] as const) {
      test(`admits as many as a ${what} holds at once`, async () => {
        const { take } = stage()
        const five = limit()

        assert.equal(await admitted(() => take(ask(five)), 9), 5)
      })

      test(`says what is left of a ${what}, and how long to wait without`, async () => {
        const { take } = stage()
        const five = limit()

        const first = await take(ask(five, 2))
        const denied = await take(ask(five, 4))

        assert.deepEqual([first.kind, first.remaining, first.retryAfterMs], ['admitted', [3], 0])
        assert.deepEqual([denied.kind, denied.deniedBy, denied.remaining], ['denied', 0, [3]])
        assert.ok(denied.retryAfterMs > 60_000)
        assert.ok((denied.resetMs[0] ?? 0) > 60_000)
      })

      test(`never admits what a ${what} does not hold`, async () => {
        const { take } = stage()

        const { kind, retryAfterMs } = await take(ask(limit(), 6))

        assert.deepEqual([kind, retryAfterMs > 0], ['denied', true])
      })

      test(`keeps subjects of a ${what} apart, whatever they are called`, async () => {
        const { take } = stage()
        const five = limit()
        const names = ['a', 'A', '\0a', '', `${'x'.repeat(100)}1`, `${'x'.repeat(100)}2`, '__proto__', 'ä']

        const counts: number[] = []
        for (const subject of names) counts.push(await admitted(() => take(ask(five, 1, subject)), 6))

        assert.deepEqual(
          counts,
          names.map(() => 5),
        )
      })

      test(`takes twice from a ${what} that is asked twice at once`, async () => {
        const { take } = stage()
        const five = limit()

        assert.equal(await admitted(() => take(ask(five), ask(five)), 4), 2)
      })

      test(`lets a ${what} owe what is taken later, and nothing for others`, async () => {
        const { take, debit } = stage()
        const five: Limit = { ...limit(), overdraft: 3 }
        await take(ask(five))

        await debit(ask(five, 2.5))
        const [some, more] = [await take(ask(five)), await take(ask(five))]
        await debit(ask(five, 1000), ask(five, 1, 'bob'))
        const { kind, remaining } = await take(ask(five))

        assert.deepEqual([some.kind, some.remaining, more.kind], ['admitted', [0], 'denied'])
        assert.deepEqual([kind, Math.max(0, remaining[0] ?? 0)], ['denied', 0])
        assert.equal(await admitted(() => take(ask(five, 1, 'bob')), 9), 4)
      })
    }

    test('counts rates and quotas all together or not at all', async () => {
      const { take } = stage()
      const [rate, quota, other] = [rateOf(2), quotaOf(9), quotaOf(3)]

      const count = await admitted(() => take(ask(quota), ask(rate), ask(other)), 8)
      const denied = await take(ask(quota), ask(rate), ask(other))

      assert.deepEqual([count, denied.kind, denied.deniedBy], [3, 'denied', 2])
    })

    test('takes nothing from those that would admit', async () => {
      const { take } = stage()
      const [rate, quota] = [rateOf(2), quotaOf(9)]

      await admitted(() => take(ask(rate)), 3)
      await admitted(() => take(ask(quota), ask(rate)), 3)

      assert.equal(await admitted(() => take(ask(quota)), 12), 9)
    })
  })
}
