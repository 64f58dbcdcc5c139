import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { debtAt, intervalOf, leftOf, waitFor } from '../gcra.ts'
import { leftOfQuota, moveTo, type QuotaCounts, quotaReset, quotaWait, usedOf } from '../quota.ts'
import { RecentSubjects } from '../recent-subjects.ts'
import { capacityFor, type Demand, type Grant, type LeasedLimit, type Return } from './lease.ts'

/**
 * Counts the limits of a gateway that has several processes and no Redis. Each process leases requests in small batches, so most are
 * decided without asking; together they stay within the limit, however unevenly clients spread over them.
 */
export class LeaseOffice {
  readonly #clock: Clock
  readonly #workers: number
  readonly #subjects: RecentSubjects

  /** @param subjects how many are kept at most, of all limits together. */
  constructor(clock: Clock, { workers, subjects }: { readonly workers: number; readonly subjects: number }) {
    this.#clock = clock
    this.#workers = workers
    this.#subjects = new RecentSubjects(subjects)
  }

  get size(): number {
    return this.#subjects.size
  }

  /** Gives what there is: all of a demand, else what is left of its share. */
  ask(demands: readonly Demand[]): Grant[] {
    const now = this.#clock.now()
    return demands.map((demand) => this.#grant(demand, now))
  }

  /** Takes back what was not used, and takes what is owed. */
  giveBack(returns: readonly Return[]): void {
    const now = this.#clock.now()
    for (const { limit, subject, tokens } of returns) {
      const share =
        tokens < 0 ? this.#subjects.findOrAdd(limit.id, subject) : this.#subjects.find(limit.id, subject)
      if (share === undefined) continue
      if (limit.kind === 'quota') {
        moveTo(share, now, limit.per)
        share.current = Math.max(0, Math.min(share.current - tokens, limit.rate + limit.overdraft))
      } else {
        const debt = debtAt(share.fullAt, now, wholeDebt(limit))
        const most = Math.max(debt, this.#mostDebt(limit))
        share.fullAt = now + debtAt(now + debt - tokens * intervalOf(limit), now, most)
      }
    }
  }

  #grant({ limit, subject, need, spare, largest }: Demand, now: number): Grant {
    const share = this.#subjects.findOrAdd(limit.id, subject)
    if (limit.kind === 'quota') return grantOfQuota(share, limit, need, now)
    const interval = intervalOf(limit)
    const capacity = interval * capacityFor(limit, largest, this.#workers)
    const debt = debtAt(share.fullAt, now, wholeDebt(limit))
    const wanted = need + spare
    const tokens =
      waitFor(debt, wanted * interval, capacity) === 0
        ? wanted
        : Math.min(wanted, this.#usable(limit, largest, leftOf(debt, interval, capacity)))
    share.fullAt = now + debt + tokens * interval
    return { tokens, debt: share.fullAt - now, quota: undefined }
  }

  /** What is left, of use for such requests: what is too little for a large one would be kept from others until it comes back. */
  #usable(limit: LeasedLimit, largest: number, left: number): number {
    return largest > capacityFor(limit, 0, this.#workers) ? left - (left % largest) : left
  }

  #mostDebt(limit: LeasedLimit): Ms {
    return intervalOf(limit) * (capacityFor(limit, 0, this.#workers) + limit.overdraft)
  }
}

/** More is owed by nobody. */
function wholeDebt(limit: LeasedLimit): Ms {
  return intervalOf(limit) * (limit.burst + 1 + limit.overdraft)
}

/** Nothing is leased of a quota: it gives what is needed, or what there is. */
function grantOfQuota(
  share: QuotaCounts,
  { rate: quota, per }: LeasedLimit,
  need: number,
  now: number,
): Grant {
  moveTo(share, now, per)
  const isWithin = quotaWait(share, need, { quota, now, length: per }) === 0
  const tokens = isWithin ? need : Math.min(need, leftOfQuota(usedOf(share, now, per), quota))
  share.current += tokens
  const { current, previous } = share
  return { tokens, debt: quotaReset(share, now, per), quota: { current, previous, gone: now % per } }
}
