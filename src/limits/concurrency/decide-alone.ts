import type { InFlight } from './in-flight.ts'
import { denied, type NoPermit, type Permit, type PermitAsk, unavailable, uncounted } from './permits.ts'

/** What one process goes by on its own. */
export interface Alone {
  /** What it has given. */
  readonly own: InFlight
  /** Processes that the limit is divided among; each may give one permit at least. */
  readonly processes: number
}

/** Decides as the limit says while who counts for all does not answer. @param admit makes the permit of a request that is counted here. */
export function decideAlone(
  { limit, subject }: PermitAsk,
  { own, processes }: Alone,
  admit: (left: number) => Permit,
): Permit | NoPermit {
  switch (limit.onStoreError) {
    case 'open':
      return uncounted
    case 'closed':
      return unavailable
    case 'local': {
      const left = own.take(limit.id, subject, Math.max(1, Math.floor(limit.most / processes)))
      return left < 0 ? denied : admit(left)
    }
  }
}
