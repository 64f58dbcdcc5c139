import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeaseOffice } from '../../src/limits/leases/lease-office.ts'
import { LeasedLimiter } from '../../src/limits/leases/leased-limiter.ts'
import { LocalLimiter } from '../../src/limits/local-limiter.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('a process tells the office of no subject more than an address has room for, and of no two the same', async () => {
  const clock = new FakeClock()
  const office = new LeaseOffice(clock, { workers: 2, subjects: 1000 })
  const told: string[] = []
  const limiter = new LeasedLimiter({
    clock,
    link: {
      ask: async (demands) => {
        told.push(...demands.map(({ subject }) => subject))
        return office.ask(demands)
      },
      giveBack: (returns) => office.giveBack(returns),
    },
    workers: 2,
    subjects: 1000,
    alone: new LocalLimiter(clock, { subjects: 1000, shares: 2 }),
  })
  const amounts = { kind: 'rate', rate: 1, per: 60_000, burst: 0, overdraft: 0 } as const
  const limit = { id: 'each header', ...amounts, onStoreError: 'local' } as const
  const ask = async (subject: string) => (await limiter.take([{ limit, subject, cost: 1 }])).kind

  // A header of 16 KiB, another, the first again, and what the office was told of the first.
  const kinds = [await ask('a'.repeat(16_000)), await ask('b'.repeat(16_000)), await ask('a'.repeat(16_000))]
  kinds.push(await ask(told[0] ?? ''))

  assert.deepEqual(kinds, ['admitted', 'admitted', 'denied', 'admitted'])
  assert.ok(told.every((subject) => subject.length <= 64))
})
