import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { LocalConcurrency } from '../../../../src/limits/concurrency/local-concurrency.ts'
import { OfficeConcurrency } from '../../../../src/limits/concurrency/office-concurrency.ts'
import { type PermitLedger, PermitOffice } from '../../../../src/limits/concurrency/permit-office.ts'
import type {
  Concurrency,
  ConcurrencyLimit,
  NoPermit,
  Permit,
} from '../../../../src/limits/concurrency/permits.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function limitOf(most: number, parts: Partial<ConcurrencyLimit> = {}): ConcurrencyLimit {
  return { id: 'all', most, store: 'memory', onStoreError: 'local', ...parts }
}

/** Some processes with one office. */
class Stage {
  readonly clock = new FakeClock()
  readonly office = new PermitOffice()
  readonly ledgers: PermitLedger[] = []
  readonly workers: Concurrency[] = []
  questions = 0
  /** Answers wait for this. */
  gate = Promise.resolve()
  /** The office reads what is told to it once this is over. */
  still: Promise<void> | undefined

  constructor(count: number) {
    for (let i = 0; i < count; i++) this.start(count)
  }

  start(workers: number): Concurrency {
    const ledger = this.office.open()
    const worker = new OfficeConcurrency({
      clock: this.clock,
      workers,
      link: {
        take: async (demands) => {
          this.questions += 1
          if (this.still !== undefined) await this.still
          const left = ledger.take(demands)
          await this.gate
          return left
        },
        giveBack: (returns) => {
          if (this.still === undefined) ledger.giveBack(returns)
          else void this.still.then(() => ledger.giveBack(returns))
        },
      },
    })
    this.ledgers.push(ledger)
    this.workers.push(worker)
    return worker
  }

  async take(worker: number, limit: ConcurrencyLimit, subject = 's'): Promise<Permit | NoPermit> {
    const verdict = await this.workers[worker]?.take({ limit, subject })
    assert.ok(verdict !== undefined)
    return verdict
  }

  /** Has a worker decide over so many without the office, which is told of nothing before `end`. */
  async standStill(worker: number, count: number, limit: ConcurrencyLimit) {
    const still = Promise.withResolvers<void>()
    this.still = still.promise
    const waiting = Promise.all(Array.from({ length: count }, () => this.take(worker, limit)))
    await turn()
    this.clock.advance(1000)
    const verdicts = await waiting
    return {
      verdicts,
      end: async (): Promise<void> => {
        still.resolve()
        await turn()
        await turn()
      },
    }
  }

  async kinds(worker: number, count: number, limit: ConcurrencyLimit): Promise<string[]> {
    const verdicts = await Promise.all(Array.from({ length: count }, () => this.take(worker, limit)))
    return verdicts.map(({ kind }) => kind)
  }
}

function giveBack(verdict: Permit | NoPermit): void {
  assert.equal(verdict.kind, 'admitted')
  if (verdict.kind === 'admitted') verdict.giveBack()
}

describe('requests in flight of one process', () => {
  test('are as many as the limit says, and say how many are left', () => {
    const local = new LocalConcurrency()
    const ask = { limit: limitOf(2), subject: 's' }

    const verdicts = [local.take(ask), local.take(ask), local.take(ask)]
    const other = local.take({ ...ask, subject: 't' })

    assert.deepEqual(
      [...verdicts, other].map((verdict) => (verdict.kind === 'admitted' ? verdict.left : verdict.kind)),
      [1, 0, 'denied', 1],
    )
    assert.equal(local.inFlight, 3)
  })

  test('stay counted when the limit changes', () => {
    const local = new LocalConcurrency()
    const first = local.take({ limit: limitOf(3), subject: 's' })

    const kinds = [1, 2].map((most) => local.take({ limit: limitOf(most), subject: 's' }).kind)
    giveBack(first)

    assert.deepEqual(kinds, ['denied', 'admitted'])
    assert.equal(local.inFlight, 1)
  })
})

describe('requests in flight of several processes', () => {
  test('are as many together as the limit says, whoever asks', async () => {
    const stage = new Stage(2)

    const kinds = [await stage.kinds(0, 2, limitOf(3)), await stage.kinds(1, 2, limitOf(3))]

    assert.deepEqual(kinds, [
      ['admitted', 'admitted'],
      ['admitted', 'denied'],
    ])
  })

  test('go together in one question, and a process that holds them all asks no more', async () => {
    const stage = new Stage(2)

    await stage.kinds(0, 5, limitOf(3))
    await stage.kinds(0, 5, limitOf(3))

    assert.equal(stage.questions, 1)
  })

  test('make room for another process when they are given back', async () => {
    const stage = new Stage(2)
    const first = await stage.take(0, limitOf(1))
    const before = await stage.take(1, limitOf(1))

    giveBack(first)
    await turn()
    const after = await stage.take(1, limitOf(1))

    assert.deepEqual([before.kind, after.kind, stage.office.inFlight], ['denied', 'admitted', 1])
  })

  test('are given back when their process ends, and what comes late from it says nothing', async () => {
    const stage = new Stage(2)
    await stage.kinds(0, 3, limitOf(3))

    stage.ledgers[0]?.close()
    stage.ledgers[0]?.giveBack([{ limit: 'all', subject: 's' }])
    const late = stage.ledgers[0]?.take([{ limit: 'all', subject: 's', most: 3 }])

    assert.deepEqual(
      [late, await stage.kinds(1, 3, limitOf(3))],
      [[-1], ['admitted', 'admitted', 'admitted']],
    )
  })

  for (const [onStoreError, expected, held] of [
    ['open', ['admitted', 'admitted', 'admitted'], 0],
    ['closed', ['unavailable', 'unavailable', 'unavailable'], 0],
    ['local', ['admitted', 'admitted', 'denied'], 2],
  ] as const) {
    test(`${onStoreError}: decided without the office once it has been silent for a second`, async () => {
      const stage = new Stage(2)
      const gate = Promise.withResolvers<void>()
      stage.gate = gate.promise

      const waiting = stage.kinds(0, 2, limitOf(4, { onStoreError }))
      await turn()
      stage.clock.advance(1000)
      const kinds = [...(await waiting), ...(await stage.kinds(0, 1, limitOf(4, { onStoreError })))]
      gate.resolve()
      await turn()
      await turn()

      assert.deepEqual(kinds, expected)
      // What else the office gave meanwhile went back to it.
      assert.equal(stage.office.inFlight, held)
    })
  }

  test('given without the office are told to it, and keep others out until they end', async () => {
    const stage = new Stage(2)
    const limit = limitOf(4)
    const ofOffice = await Promise.all([1, 2, 3, 4].map(() => stage.take(1, limit)))
    const { verdicts, end } = await stage.standStill(0, 1, limit)
    verdicts.push(await stage.take(0, limit))
    await end()
    const told = stage.office.inFlight

    for (const verdict of ofOffice.slice(2)) giveBack(verdict)
    await turn()
    const during = await stage.kinds(1, 1, limit)
    for (const verdict of verdicts) giveBack(verdict)
    await turn()
    const after = await stage.kinds(1, 3, limit)

    assert.deepEqual([told, during, after], [6, ['denied'], ['admitted', 'admitted', 'denied']])
  })

  test('given and given back without the office leave nothing there', async () => {
    const stage = new Stage(2)
    const { verdicts, end } = await stage.standStill(0, 1, limitOf(4))
    verdicts.push(await stage.take(0, limitOf(4)))

    for (const verdict of verdicts) giveBack(verdict)
    await end()

    assert.deepEqual([stage.office.inFlight, stage.workers[0]?.inFlight], [0, 0])
  })

  test('wait for an answer that is there when a process has stood still', async () => {
    const stage = new Stage(2)
    const limit = limitOf(4, { onStoreError: 'closed' })

    const waiting = stage.kinds(0, 1, limit)
    await Promise.resolve()
    stage.clock.advance(1000)

    assert.deepEqual([await waiting, stage.office.inFlight], [['admitted'], 1])
  })

  test('are asked for again once the office answers', async () => {
    const stage = new Stage(2)
    const gate = Promise.withResolvers<void>()
    stage.gate = gate.promise
    const waiting = stage.kinds(0, 1, limitOf(4))
    await turn()
    stage.clock.advance(1000)
    await waiting
    gate.resolve()
    await turn()

    await stage.kinds(1, 1, limitOf(4))
    await stage.kinds(0, 1, limitOf(4))

    assert.equal(stage.office.inFlight, 3)
  })

  test('never are more than the limit, never fewer than none, whatever happens in whatever order', async () => {
    const step = fc.record({
      worker: fc.nat(2),
      subject: fc.constantFrom('a', 'b'),
      what: fc.constantFrom('take', 'take', 'give back', 'die'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, most) => {
          const stage = new Stage(3)
          const held: { worker: number; subject: string; permit: Permit }[] = []
          for (const { worker, subject, what } of steps) {
            if (what === 'take') {
              const verdict = await stage.take(worker, limitOf(most), subject)
              const before = held.filter((one) => one.subject === subject).length
              assert.equal(verdict.kind, before < most ? 'admitted' : 'denied')
              if (verdict.kind === 'admitted') held.push({ worker, subject, permit: verdict })
            } else if (what === 'give back') {
              held.shift()?.permit.giveBack()
              await turn()
            } else {
              stage.ledgers[worker]?.close()
              const ledger = stage.office.open()
              stage.ledgers[worker] = ledger
              stage.workers[worker] = new OfficeConcurrency({
                clock: stage.clock,
                workers: 3,
                link: {
                  take: async (demands) => ledger.take(demands),
                  giveBack: (returns) => ledger.giveBack(returns),
                },
              })
              for (let i = held.length - 1; i >= 0; i--) if (held[i]?.worker === worker) held.splice(i, 1)
            }
            assert.equal(stage.office.inFlight, held.length)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
