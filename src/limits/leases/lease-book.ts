import type { Ms } from '../../std/units.ts'
import type { Limit } from '../limiter.ts'
import type { QuotaStanding } from './lease.ts'

/** What a process may still let through of one share. */
export interface Lease {
  readonly limit: Limit
  readonly subject: string
  tokens: number
  /** Monotonic milliseconds. */
  until: number
  /** Of the share, as it was told at `toldAt`. */
  debt: Ms
  toldAt: number
  /** Of a quota, then. */
  quota: QuotaStanding | undefined
}

/** The leases of a process. Looking one up allocates nothing. */
export class LeaseBook {
  readonly #byLimit = new Map<string, Map<string, Lease>>()

  get isEmpty(): boolean {
    return this.#byLimit.size === 0
  }

  find(limit: string, subject: string): Lease | undefined {
    return this.#byLimit.get(limit)?.get(subject)
  }

  add(lease: Lease): void {
    const { limit, subject } = lease
    const leases = this.#byLimit.get(limit.id)
    if (leases === undefined) this.#byLimit.set(limit.id, new Map([[subject, lease]]))
    else leases.set(subject, lease)
  }

  /** Takes out those that have ended. */
  takeEnded(now: number): readonly Lease[] {
    const ended: Lease[] = []
    for (const [id, leases] of this.#byLimit) {
      for (const [subject, lease] of leases) {
        if (lease.until > now) continue
        leases.delete(subject)
        ended.push(lease)
      }
      if (leases.size === 0) this.#byLimit.delete(id)
    }
    return ended
  }
}

/** What the share still owes now, if nobody took from it since. */
export function debtOf(lease: Lease, now: number): Ms {
  return Math.max(0, lease.debt - (now - lease.toldAt))
}
