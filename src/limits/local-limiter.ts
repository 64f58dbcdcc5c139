import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { debtAt, leftOf, waitFor } from './gcra.ts'
import { LimitCounts } from './limit-counts.ts'
import type { Ask, Limit, RunningLimiter, Verdict } from './limiter.ts'
import { RecentSubjects } from './recent-subjects.ts'

export interface LocalLimiterOptions {
  /** Subjects kept in memory, of all limits together. Above it, the ones not asked for longest are forgotten: as if full. */
  readonly subjects: number
  /**
   * Among how many limiters each limit is divided: a whole number. Each holds at least one request of the greatest cost asked, so
   * together they admit up to `rate × window + burst + 1`, or one request each if that is more.
   */
  readonly shares: number
}

/** Counts in the memory of this process. Answers at once, and allocates the verdict alone. */
export class LocalLimiter implements RunningLimiter {
  readonly #clock: Clock
  readonly #shares: number
  readonly #subjects: RecentSubjects
  readonly counters = new LimitCounts()
  #questions = 0

  constructor(clock: Clock, { subjects, shares }: LocalLimiterOptions) {
    this.#clock = clock
    this.#shares = shares
    this.#subjects = new RecentSubjects(subjects)
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {}

  take(asks: readonly Ask[]): Verdict {
    const now = this.#clock.now()
    const question = ++this.#questions
    const remaining: number[] = []
    const resetMs: Ms[] = []
    let retryAfterMs = 0
    let deniedBy = -1
    for (const { limit, subject, cost } of asks) {
      const share = this.#subjects.findOrAdd(limit.id, subject)
      const interval = this.#interval(limit)
      const capacity = this.#capacity(limit, cost)
      // The same share twice in one question is taken from twice.
      const debt = debtAt(share.question === question ? share.fullAtNext : share.fullAt, now, capacity)
      const wait = waitFor(debt, cost * interval, capacity)
      share.question = question
      share.fullAtNext = now + debt + cost * interval
      if (wait > retryAfterMs) {
        retryAfterMs = wait
        deniedBy = remaining.length
      }
      remaining.push(leftOf(debt, interval, capacity))
      resetMs.push(debt)
    }
    this.counters.decisions.local++
    this.counters.subjects = this.#subjects.size
    if (deniedBy >= 0) return { kind: 'denied', remaining, resetMs, retryAfterMs, deniedBy, by: 'local' }
    this.#commit(asks, now, remaining, resetMs)
    return { kind: 'admitted', remaining, resetMs, retryAfterMs, deniedBy, by: 'local' }
  }

  #commit(asks: readonly Ask[], now: number, remaining: number[], resetMs: Ms[]): void {
    let i = 0
    for (const { limit, subject, cost } of asks) {
      const share = this.#subjects.findOrAdd(limit.id, subject)
      share.fullAt = share.fullAtNext
      remaining[i] = leftOf(share.fullAt - now, this.#interval(limit), this.#capacity(limit, cost))
      resetMs[i] = share.fullAt - now
      i++
    }
  }

  #interval(limit: Limit): Ms {
    return (limit.per / limit.rate) * this.#shares
  }

  #capacity(limit: Limit, cost: number): Ms {
    const whole = limit.burst + 1
    return (limit.per / limit.rate) * Math.max(whole, this.#shares * Math.min(cost, whole))
  }
}
