import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { DenyCache, longestDenial } from '../deny-cache.ts'
import { intervalOf, leftOf, waitFor } from '../gcra.ts'
import { LimitCounts } from '../limit-counts.ts'
import type { Ask, Limit, RunningLimiter, Verdict } from '../limiter.ts'
import type { LocalLimiter } from '../local-limiter.ts'
import { leftOfQuota, quotaWait, usedOf } from '../quota.ts'
import { collectDemands, type Wanted } from './demands.ts'
import { capacityFor, type Demand, type Grant, leasedLimit, leaseFor, type Return } from './lease.ts'
import { debtOf, type Lease, LeaseBook } from './lease-book.ts'
import { withShortSubjects } from './short-subject.ts'

/** The way to the office. */
export interface OfficeLink {
  /** What it gives, in the order of the demands; `undefined` when it does not answer. Never rejects. */
  ask(demands: readonly Demand[]): Promise<readonly Grant[] | undefined>
  giveBack(returns: readonly Return[]): void
}

export interface LeasedLimiterDeps {
  readonly clock: Clock
  readonly link: OfficeLink
  /** Processes that lease. */
  readonly workers: number
  /** Subjects that the office denied and that are remembered, at most. */
  readonly subjects: number
  /** Decides while the office does not answer, each process for its part. */
  readonly alone: LocalLimiter
}

interface Waiting {
  readonly asks: readonly Ask[]
  readonly resolve: (verdict: Verdict) => void
  questions: number
}

/** Of an answer that came late: they are served in the same turn. */
const forThoseWaiting: Ms = 1

/** After so many questions others have always been quicker: as good as used up. */
const mostQuestions = 3

/**
 * The limiter of one of several processes: decides by what it has leased, and asks the office for more. All that wait while a
 * question is on its way go together into the next.
 */
export class LeasedLimiter implements RunningLimiter {
  readonly counters = new LimitCounts()
  readonly #deps: LeasedLimiterDeps
  readonly #book = new LeaseBook()
  readonly #denied: DenyCache
  #waiting: Waiting[] = []
  #isAsking = false
  /** What is told to the office at the end of this turn. */
  #debts: Return[] = []
  #timer: unknown

  constructor(deps: LeasedLimiterDeps) {
    this.#deps = deps
    this.#denied = new DenyCache(deps.clock, deps.subjects, longestDenial.whole)
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#tellDebts()
    this.#giveBack(Number.POSITIVE_INFINITY)
  }

  setReplicas(): void {}

  take(asks: readonly Ask[]): Verdict | Promise<Verdict> {
    this.counters.decisions.local++
    const shortAsks = withShortSubjects(asks)
    return this.#decide(shortAsks) ?? this.#wait(shortAsks)
  }

  debit(asks: readonly Ask[]): void {
    if (this.#debts.length === 0) setImmediate(() => this.#tellDebts())
    for (const { limit, subject, cost } of withShortSubjects(asks))
      this.#debts.push({ limit: leasedLimit(limit), subject, tokens: -cost })
  }

  #tellDebts(): void {
    if (this.#debts.length === 0) return
    this.#deps.link.giveBack(this.#debts)
    this.#debts = []
  }

  #wait(asks: readonly Ask[]): Promise<Verdict> {
    return new Promise((resolve) => {
      this.#waiting.push({ asks, resolve, questions: 0 })
      if (this.#isAsking) return
      this.#isAsking = true
      // What else comes in this turn goes along.
      queueMicrotask(() => void this.#ask())
    })
  }

  /** By what is here; `undefined` when the office has to be asked. */
  #decide(asks: readonly Ask[]): Verdict | undefined {
    const denied = this.#denied.find(asks)
    if (denied !== undefined) return { ...denied, by: 'local' }
    const now = this.#deps.clock.now()
    const remaining: number[] = []
    const resetMs: Ms[] = []
    for (const { limit, subject, cost } of asks) {
      const lease = this.#book.find(limit.id, subject)
      if (lease === undefined || lease.until <= now || lease.tokens < cost)
        return this.#undo(asks, remaining.length)
      lease.tokens -= cost
      remaining.push(this.#left(limit, lease, now))
      resetMs.push(debtOf(lease, now))
    }
    return { kind: 'admitted', remaining, resetMs, retryAfterMs: 0, deniedBy: -1, by: 'local' }
  }

  /** All or nothing. */
  #undo(asks: readonly Ask[], count: number): undefined {
    for (const { limit, subject, cost } of asks.slice(0, count)) {
      const lease = this.#book.find(limit.id, subject)
      if (lease !== undefined) lease.tokens += cost
    }
  }

  async #ask(): Promise<void> {
    while (this.#waiting.length > 0) {
      const asked = this.#waiting
      this.#waiting = []
      const at = this.#deps.clock.now()
      this.#giveBack(at)
      const questions = asked.map(({ asks }) => asks)
      const wanted = collectDemands(questions, this.#book, this.#deps.workers)
      const demands = wanted.map(({ demand }) => demand)
      const grants = demands.length === 0 ? [] : await this.#deps.link.ask(demands)
      if (grants === undefined) for (const { asks, resolve } of asked) resolve(this.#deps.alone.take(asks))
      else this.#settle(asked, wanted, grants, at)
      this.counters.subjects = this.#denied.size + this.#deps.alone.counters.subjects
    }
    this.#isAsking = false
  }

  #settle(
    asked: readonly Waiting[],
    wanted: readonly Wanted[],
    grants: readonly Grant[],
    askedAt: number,
  ): void {
    const now = this.#deps.clock.now()
    for (const [i, grant] of grants.entries()) {
      const one = wanted[i]
      if (one !== undefined) this.#enter(one, grant, { askedAt, now })
    }
    for (const waiting of asked) {
      waiting.questions += 1
      const isLast = waiting.questions >= mostQuestions
      const verdict = this.#decide(waiting.asks) ?? this.#denial(waiting.asks, now, isLast)
      if (verdict === undefined) this.#waiting.push(waiting)
      else waiting.resolve(verdict)
    }
  }

  /**
   * It may be used for so long from the question on: the answer was given later. One that took longer still serves those who waited
   * for it: the office has counted them.
   */
  #enter(
    { limit, demand }: Wanted,
    { tokens, debt, quota }: Grant,
    { askedAt, now }: { askedAt: number; now: number },
  ): void {
    const { subject } = demand
    const until = Math.max(askedAt + leaseFor, now + forThoseWaiting)
    const lease = this.#book.find(limit.id, subject)
    if (lease === undefined) this.#book.add({ limit, subject, tokens, until, debt, toldAt: now, quota })
    else {
      // What is held is older, and nothing of a lease may be used later than what it was given for.
      if (lease.tokens === 0 || lease.until <= now) lease.until = until
      lease.tokens += tokens
      lease.debt = debt
      lease.toldAt = now
      lease.quota = quota
    }
    this.#timer ??= this.#deps.clock.setTimeout(() => this.#tick(), leaseFor)
  }

  /** Who of them waits the longest; `undefined` when nobody has to, so that the office is to be asked again. */
  #denial(asks: readonly Ask[], now: number, isLast: boolean): Verdict | undefined {
    const remaining: number[] = []
    const resetMs: Ms[] = []
    let deniedBy = isLast ? 0 : -1
    let retryAfterMs: Ms = 0
    for (const [i, ask] of asks.entries()) {
      const lease = this.#book.find(ask.limit.id, ask.subject)
      const reset = lease === undefined ? 0 : debtOf(lease, now)
      const wait = this.#waitOf(ask, lease, now)
      remaining.push(this.#left(ask.limit, lease, now))
      resetMs.push(reset)
      if (wait <= retryAfterMs) continue
      retryAfterMs = wait
      deniedBy = i
      this.#denied.add(ask, { at: now, reset, wait })
    }
    if (deniedBy < 0) return undefined
    return { kind: 'denied', remaining, resetMs, retryAfterMs, deniedBy, by: 'local' }
  }

  /** Until the ask would pass with what the process holds of it. */
  #waitOf({ limit, cost }: Ask, lease: Lease | undefined, now: number): Ms {
    const missing = cost - (lease?.tokens ?? 0)
    if (missing <= 0) return 0
    const { rate, per } = limit
    const quota = lease?.quota
    if (quota !== undefined) return quotaWait(quota, missing, { quota: rate, now: quota.gone, length: per })
    const debt = lease === undefined ? 0 : debtOf(lease, now)
    return waitFor(debt, missing * intervalOf(limit), this.#capacity(limit, cost))
  }

  #tick(): void {
    this.#timer = undefined
    this.#giveBack(this.#deps.clock.now())
    if (!this.#book.isEmpty) this.#timer = this.#deps.clock.setTimeout(() => this.#tick(), leaseFor)
  }

  /** What was not used in time. */
  #giveBack(now: number): void {
    const returns: Return[] = []
    for (const { limit, subject, tokens } of this.#book.takeEnded(now)) {
      if (tokens > 0) returns.push({ limit: leasedLimit(limit), subject, tokens })
    }
    if (returns.length > 0) this.#deps.link.giveBack(returns)
  }

  /** What the share holds, with what this process holds of it. */
  #left(limit: Limit, lease: Lease | undefined, now: number): number {
    const held = Math.floor(lease?.tokens ?? 0)
    const quota = lease?.quota
    if (quota !== undefined) return held + leftOfQuota(usedOf(quota, quota.gone, limit.per), limit.rate)
    const debt = lease === undefined ? 0 : debtOf(lease, now)
    return held + leftOf(debt, intervalOf(limit), this.#capacity(limit, 0))
  }

  #capacity(limit: Limit, cost: number): Ms {
    return intervalOf(limit) * capacityFor(limit, cost, this.#deps.workers)
  }
}
