import type { Clock } from '../../std/clock.ts'
import { debtAt, leftOf, waitFor } from '../gcra.ts'
import { RecentSubjects } from '../recent-subjects.ts'
import { type Demand, type Grant, officeCapacity, type Return } from './lease.ts'

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

  /** Takes back what was not used. */
  giveBack(returns: readonly Return[]): void {
    const now = this.#clock.now()
    for (const { limit, subject, tokens } of returns) {
      const share = this.#subjects.find(limit.id, subject)
      if (share === undefined) continue
      share.fullAt = Math.max(now, share.fullAt - (tokens * limit.per) / limit.rate)
    }
  }

  #grant({ limit, subject, need, spare }: Demand, now: number): Grant {
    const share = this.#subjects.findOrAdd(limit.id, subject)
    const interval = limit.per / limit.rate
    const capacity = interval * officeCapacity(limit, this.#workers)
    const debt = debtAt(share.fullAt, now, capacity)
    const wanted = need + spare
    const tokens =
      waitFor(debt, wanted * interval, capacity) === 0
        ? wanted
        : Math.min(wanted, leftOf(debt, interval, capacity))
    share.fullAt = now + debt + tokens * interval
    return { tokens, debt: share.fullAt - now }
  }
}
