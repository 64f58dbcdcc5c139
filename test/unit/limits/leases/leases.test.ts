import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { LeaseOffice } from '../../../../src/limits/leases/lease-office.ts'
import { LeasedLimiter, type OfficeLink } from '../../../../src/limits/leases/leased-limiter.ts'
import type { Ask, Limit, Verdict } from '../../../../src/limits/limiter.ts'
import { LocalLimiter } from '../../../../src/limits/local-limiter.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function limitOf(rate: number, burst: number, id = `${rate}+${burst}`): Limit {
  return { id, kind: 'rate', rate, per: 1000, burst, overdraft: 0, onStoreError: 'local' }
}

/** Some processes with one office. */
class Stage {
  readonly clock = new FakeClock()
  readonly office: LeaseOffice
  readonly limiters: readonly LeasedLimiter[]
  /** Questions that the office was asked. */
  questions = 0
  isAway = false
  /** How long it takes to answer, in milliseconds. */
  lateness = 0

  constructor(workers: number) {
    this.office = new LeaseOffice(this.clock, { workers, subjects: 1000 })
    const link: OfficeLink = {
      ask: async (demands) => {
        this.questions += 1
        if (this.isAway) return undefined
        const grants = this.office.ask(demands)
        this.clock.advance(this.lateness)
        return grants
      },
      giveBack: (returns) => this.office.giveBack(returns),
    }
    this.limiters = Array.from({ length: workers }, () => {
      const alone = new LocalLimiter(this.clock, { subjects: 1000, shares: workers })
      return new LeasedLimiter({ clock: this.clock, link, workers, subjects: 1000, alone })
    })
  }

  async take(worker: number, ...asks: readonly Ask[]): Promise<Verdict> {
    const verdict = await this.limiters[worker]?.take(asks)
    assert.ok(verdict !== undefined)
    return verdict
  }

  /** How many of `count` requests a worker admits at once. */
  async admitted(worker: number, count: number, limit: Limit): Promise<number> {
    const asks = Array.from({ length: count }, () => this.take(worker, { limit, subject: 's', cost: 1 }))
    const verdicts = await Promise.all(asks)
    return verdicts.filter(({ kind }) => kind === 'admitted').length
  }
}

describe('a limit that several processes share', () => {
  test('is one limit, whoever asks', async () => {
    const stage = new Stage(2)
    const limit = limitOf(10, 9)

    const counts = [await stage.admitted(0, 8, limit), await stage.admitted(1, 8, limit)]

    assert.deepEqual(counts, [8, 2])
  })

  test('is all there for one process when the other has nothing to do', async () => {
    const stage = new Stage(4)
    const limit = limitOf(1000, 1000)
    let admitted = 0
    for (let ms = 0; ms < 2000; ms++) {
      admitted += await stage.admitted(2, 2, limit)
      stage.clock.advance(1)
    }

    assert.ok(admitted >= 0.95 * 2 * 1000 + 900, `${admitted}`)
    assert.ok(admitted <= 2 * 1000 + 1001, `${admitted}`)
  })

  test('asks for batches where much flows, and for each request where little does', async () => {
    const much = new Stage(2)
    const little = new Stage(2)
    for (let ms = 0; ms < 400; ms++) {
      await much.admitted(0, 1, limitOf(2000, 2000))
      await little.admitted(0, 1, limitOf(20, 2000))
      much.clock.advance(1)
      little.clock.advance(1)
    }

    assert.ok(much.questions < 30, `${much.questions}`)
    assert.equal(little.questions, 400)
  })

  test('gives at least 95 of 100 requests under even load', async () => {
    const stage = new Stage(2)
    const limit = limitOf(400, 40)
    let admitted = 0
    for (let ms = 0; ms < 5000; ms++) {
      admitted += await stage.admitted(ms % 2, 1, limit)
      stage.clock.advance(1)
    }

    assert.ok(admitted >= 0.95 * 2000, `${admitted}`)
    assert.ok(admitted <= 2000 + 41, `${admitted}`)
  })

  for (const burst of [49, 50, 60, 99, 100])
    test(`gives at least 95 of 100 requests that come at once, with a burst of ${burst} ms`, async () => {
      const stage = new Stage(2)
      const limit = limitOf(1000, burst)
      let admitted = 0
      for (let ms = 0; ms < 5000; ms += 20) {
        admitted += await stage.admitted((ms / 20) % 2, 20, limit)
        stage.clock.advance(20)
      }

      assert.ok(admitted >= 0.95 * 5000, `${admitted}`)
    })

  test('admits requests of a cost that only a whole share holds, as often as it says', async () => {
    const stage = new Stage(2)
    const limit = limitOf(1000, 100)
    let admitted = 0
    for (let i = 0; i < 100; i++) {
      const { kind, retryAfterMs } = await stage.take(i % 2, { limit, subject: 's', cost: 80 })
      if (kind === 'admitted') admitted += 1
      else assert.ok(retryAfterMs > 0 && retryAfterMs <= 80, `${retryAfterMs}`)
      stage.clock.advance(60)
    }

    assert.ok(admitted >= 45 && admitted <= 76, `${admitted}`)
  })

  test('never lets more through than it says, however requests come', async () => {
    const step = fc.record({
      worker: fc.nat(2),
      count: fc.constantFrom(1, 2, 10, 60, 250),
      pause: fc.constantFrom(0, 1, 3, 20, 60, 200),
    })
    const shape = fc.record({
      rate: fc.constantFrom(5, 50, 400, 3000),
      burst: fc.constantFrom(0, 1, 20, 150, 400),
      steps: fc.array(step, { minLength: 1, maxLength: 60 }),
    })
    await fc.assert(
      fc.asyncProperty(shape, async ({ rate, burst, steps }) => {
        const stage = new Stage(3)
        const limit = limitOf(rate, burst)
        const passed: { at: number; count: number }[] = []
        for (const { worker, count, pause } of steps) {
          passed.push({ at: stage.clock.now(), count: await stage.admitted(worker, count, limit) })
          stage.clock.advance(pause)
        }
        for (let from = 0; from < passed.length; from++) {
          let sum = 0
          for (const { at, count } of passed.slice(from)) {
            sum += count
            const window = at - (passed[from]?.at ?? 0)
            assert.ok(sum <= (rate * window) / 1000 + burst + 1 + 1e-6, `${sum} in ${window} ms`)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  test('takes from all shares or from none', async () => {
    const stage = new Stage(2)
    const wide = { limit: limitOf(1, 9), subject: 'a', cost: 1 }
    const narrow = { limit: limitOf(0.5, 0), subject: 'a', cost: 1 }
    assert.equal((await stage.take(0, wide, narrow)).kind, 'admitted')

    for (let i = 0; i < 20; i++) {
      const { kind, deniedBy, retryAfterMs } = await stage.take(i % 2, wide, narrow)
      assert.deepEqual([kind, deniedBy], ['denied', 1])
      assert.ok(retryAfterMs > 1990 && retryAfterMs <= 2000)
    }
    // What a process holds after a denial comes back.
    stage.clock.advance(100)
    const rest = await Promise.all(Array.from({ length: 20 }, () => stage.take(0, wide)))

    assert.equal(rest.filter(({ kind }) => kind === 'admitted').length, 9)
  })

  test('does not ask again for whom was denied until it is time', async () => {
    const stage = new Stage(2)
    const limit = limitOf(1, 0)
    await stage.admitted(0, 2, limit)
    const before = stage.questions

    const counts = [await stage.admitted(0, 50, limit), stage.questions - before]
    stage.clock.advance(1000)

    assert.deepEqual(counts, [0, 0])
    assert.equal(await stage.admitted(0, 2, limit), 1)
  })

  test('gives back what it did not use', async () => {
    const stage = new Stage(2)
    const limit = limitOf(1000, 100)
    await stage.admitted(0, 1, limit)
    stage.clock.advance(300)

    assert.equal(await stage.admitted(1, 200, limit), 51)
  })

  test('is decided by the office for each request, where it is a quota', async () => {
    const stage = new Stage(2)
    const limit: Limit = { ...limitOf(10, 0), kind: 'quota', per: 3_600_000, overdraft: 5 }

    const counts = [await stage.admitted(0, 7, limit), await stage.admitted(1, 7, limit)]
    const denied = await stage.take(1, { limit, subject: 's', cost: 1 })
    const { questions } = stage
    stage.clock.advance(denied.retryAfterMs)
    const later = await stage.take(0, { limit, subject: 's', cost: 1 })
    stage.limiters[1]?.debit([{ limit, subject: 's', cost: 3 }])
    await new Promise(setImmediate)
    const last = await stage.take(0, { limit, subject: 's', cost: 1 })

    assert.deepEqual([counts, denied.kind, questions], [[7, 3], 'denied', 2])
    assert.deepEqual([later.kind, later.remaining, last.kind], ['admitted', [0], 'denied'])
    // The window ends before that.
    assert.ok((denied.resetMs[0] ?? 0) > 0 && (denied.resetMs[0] ?? 0) < denied.retryAfterMs)
  })

  test('gives back of a quota what another limit denied', async () => {
    const stage = new Stage(2)
    const quota: Limit = { ...limitOf(10, 0, 'quota'), kind: 'quota', per: 3_600_000 }
    const asks = [quota, limitOf(0.1, 0, 'narrow')].map((limit) => ({ limit, subject: 's', cost: 1 }))
    await stage.take(0, ...asks)

    const { kind } = await stage.take(0, ...asks)
    stage.clock.advance(100)

    assert.deepEqual([kind, await stage.admitted(1, 20, quota)], ['denied', 9])
  })

  test('takes from the share of all what one of them owes later', async () => {
    const stage = new Stage(2)
    const limit = { ...limitOf(10, 9), overdraft: 10 }
    await stage.admitted(0, 1, limit)

    stage.limiters[0]?.debit([{ limit, subject: 's', cost: 12 }])
    await new Promise(setImmediate)
    const other = await stage.take(1, { limit, subject: 's', cost: 1 })
    stage.clock.advance(other.retryAfterMs)

    assert.deepEqual([other.kind, Math.round(other.retryAfterMs)], ['denied', 400])
    assert.equal(await stage.admitted(1, 5, limit), 1)
  })

  test('goes on for its part of the limit while the office does not answer', async () => {
    const stage = new Stage(2)
    stage.isAway = true

    assert.equal(await stage.admitted(0, 50, limitOf(10, 9)), 5)
  })

  test('serves those who waited for an answer that came late, and gives back what they do not use', async () => {
    const stage = new Stage(2)
    const limit = limitOf(1000, 100)
    stage.lateness = 70
    const verdicts: Verdict['kind'][] = []
    for (let i = 0; i < 20; i++)
      verdicts.push((await stage.take(i % 2, { limit, subject: 's', cost: 1 })).kind)
    stage.lateness = 0
    stage.clock.advance(200)

    assert.deepEqual(verdicts, Array(20).fill('admitted'))
    assert.equal(await stage.admitted(1, 200, limit), 51)
  })

  test('leaves nothing behind for subjects that are not asked for any more', async () => {
    const stage = new Stage(2)
    for (let i = 0; i < 5000; i++)
      await stage.take(0, { limit: limitOf(1000, 1000), subject: `s${i}`, cost: 1 })
    stage.clock.advance(1000)

    assert.equal(stage.office.size, 1000)
    assert.equal(stage.clock.waiting, 0)
  })
})
