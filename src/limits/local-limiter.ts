import { wholeOf } from '../model/filters/rate-limit.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { debtAt, intervalOf, leftOf, waitFor } from './gcra.ts'
import { LimitCounts } from './limit-counts.ts'
import type { Ask, Limit, RunningLimiter, Verdict } from './limiter.ts'
import { leftOfQuota, moveTo, type QuotaCounts, quotaReset, quotaWait, usedOf } from './quota.ts'
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
  readonly #ownShares: number
  #shares: number
  readonly #subjects: RecentSubjects
  readonly counters = new LimitCounts()
  #questions = 0

  constructor(clock: Clock, { subjects, shares }: LocalLimiterOptions) {
    this.#clock = clock
    this.#ownShares = shares
    this.#shares = shares
    this.#subjects = new RecentSubjects(subjects)
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {}

  /** Each of so many gateways has so many limiters as this one. */
  setReplicas(count: number): void {
    this.#shares = this.#ownShares * count
  }

  take(asks: readonly Ask[]): Verdict {
    const now = this.#clock.now()
    this.#questions++
    const verdict: VerdictDraft = {
      kind: 'admitted',
      remaining: [],
      resetMs: [],
      retryAfterMs: 0,
      deniedBy: -1,
      by: 'local',
    }
    for (const ask of asks) {
      const wait =
        ask.limit.kind === 'rate' ? this.#askRate(ask, now, verdict) : this.#askQuota(ask, now, verdict)
      if (wait <= verdict.retryAfterMs) continue
      verdict.retryAfterMs = wait
      verdict.deniedBy = verdict.resetMs.length - 1
    }
    this.counters.decisions.local++
    this.counters.subjects = this.#subjects.size
    if (verdict.deniedBy >= 0) {
      verdict.kind = 'denied'
      this.#undo(asks)
    } else this.#commit(asks, now, verdict)
    return verdict
  }

  debit(asks: readonly Ask[]): void {
    const now = this.#clock.now()
    for (const { limit, subject, cost } of asks) {
      const share = this.#subjects.findOrAdd(limit.id, subject)
      if (limit.kind === 'quota') {
        moveTo(share, now, limit.per)
        share.current = Math.min(share.current + cost, this.#quota(limit, cost) + limit.overdraft)
      } else {
        const interval = this.#interval(limit)
        const most = this.#capacity(limit, cost) + limit.overdraft * interval
        share.fullAt = now + Math.min(debtAt(share.fullAt, now, most) + cost * interval, most)
      }
    }
    this.counters.subjects = this.#subjects.size
  }

  /** Says how long the ask would have to wait; what it takes is kept aside. */
  #askRate({ limit, subject, cost }: Ask, now: number, verdict: VerdictDraft): Ms {
    const share = this.#subjects.findOrAdd(limit.id, subject)
    const interval = this.#interval(limit)
    const capacity = this.#capacity(limit, cost)
    // The same share twice in one question is taken from twice.
    const fullAt = share.question === this.#questions ? share.fullAtNext : share.fullAt
    const debt = debtAt(fullAt, now, capacity + limit.overdraft * interval)
    share.question = this.#questions
    share.fullAtNext = now + debt + cost * interval
    verdict.remaining.push(leftOf(debt, interval, capacity))
    verdict.resetMs.push(debt)
    return waitFor(debt, cost * interval, capacity)
  }

  /** Says how long the ask would have to wait, and takes: see `#undo`. */
  #askQuota({ limit, subject, cost }: Ask, now: number, verdict: VerdictDraft): Ms {
    const share = this.#subjects.findOrAdd(limit.id, subject)
    moveTo(share, now, limit.per)
    const wait = quotaWait(share, cost, { quota: this.#quota(limit, cost), now, length: limit.per })
    this.#tellQuota(share, limit, { cost, now, verdict, at: verdict.resetMs.length })
    share.current += cost
    return wait
  }

  /** Gives back what a question took of quotas that others denied. A subject that had to make room meanwhile is full anyway. */
  #undo(asks: readonly Ask[]): void {
    for (const { limit, subject, cost } of asks) {
      const share = limit.kind === 'quota' ? this.#subjects.find(limit.id, subject) : undefined
      if (share !== undefined) share.current = Math.max(0, share.current - cost)
    }
  }

  #commit(asks: readonly Ask[], now: number, verdict: VerdictDraft): void {
    let at = 0
    for (const { limit, subject, cost } of asks) {
      const share = this.#subjects.findOrAdd(limit.id, subject)
      if (limit.kind === 'rate') {
        share.fullAt = share.fullAtNext
        const debt = share.fullAt - now
        verdict.remaining[at] = leftOf(debt, this.#interval(limit), this.#capacity(limit, cost))
        verdict.resetMs[at] = debt
      } else this.#tellQuota(share, limit, { cost, now, verdict, at })
      at++
    }
  }

  #tellQuota(share: QuotaCounts, limit: Limit, { cost, now, verdict, at }: QuotaTold): void {
    verdict.remaining[at] = leftOfQuota(usedOf(share, now, limit.per), this.#quota(limit, cost))
    verdict.resetMs[at] = quotaReset(share, now, limit.per)
  }

  #interval(limit: Limit): Ms {
    return intervalOf(limit) * this.#shares
  }

  #capacity(limit: Limit, cost: number): Ms {
    const whole = wholeOf(limit)
    return intervalOf(limit) * Math.max(whole, this.#shares * Math.min(cost, whole))
  }

  #quota({ rate }: Limit, cost: number): number {
    return Math.max(rate / this.#shares, Math.min(cost, rate))
  }
}

type VerdictDraft = {
  -readonly [K in keyof Verdict]: Verdict[K] extends readonly number[] ? number[] : Verdict[K]
}

interface QuotaTold {
  readonly cost: number
  readonly now: number
  readonly verdict: VerdictDraft
  readonly at: number
}
