import { LocalConcurrency } from '../limits/concurrency/local-concurrency.ts'
import { OfficeConcurrency, type PermitLink } from '../limits/concurrency/office-concurrency.ts'
import type { Concurrency } from '../limits/concurrency/permits.ts'
import { LeasedLimiter, type OfficeLink } from '../limits/leases/leased-limiter.ts'
import type { RunningLimiter } from '../limits/limiter.ts'
import { LocalLimiter } from '../limits/local-limiter.ts'
import type { Clock } from '../std/clock.ts'

export interface ProcessLimiterDeps {
  readonly clock: Clock
  /** Processes that carry traffic. */
  readonly workers: number
  /** The way to who counts for all workers; `undefined` for the only process. */
  readonly office: OfficeLink | undefined
}

/** Clients and keys whose requests a process counts at a time: about 30 MB when there are so many. */
const mostSubjects = 100_000

/** What counts rate limits in memory: by itself in the only process, by leases of the control process in one of several. */
export function processLimiter({ clock, workers, office }: ProcessLimiterDeps): RunningLimiter {
  if (office === undefined) return new LocalLimiter(clock, { subjects: mostSubjects, shares: 1 })
  const alone = new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  return new LeasedLimiter({ clock, link: office, workers, subjects: mostSubjects, alone })
}

export interface ProcessConcurrencyDeps {
  readonly clock: Clock
  /** Processes that carry traffic. */
  readonly workers: number
  /** The way to who counts for all workers; `undefined` for the only process. */
  readonly office: PermitLink | undefined
}

/** What counts requests in flight in memory, in the same way. */
export function processConcurrency({ clock, workers, office }: ProcessConcurrencyDeps): Concurrency {
  if (office === undefined) return new LocalConcurrency()
  return new OfficeConcurrency({ clock, link: office, workers })
}
