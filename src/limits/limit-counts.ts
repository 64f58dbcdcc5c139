import type { StoreErrorKind, StoreState } from './limiter.ts'

/** The counters of one limiter, as it writes them. */
export class LimitCounts {
  readonly decisions = { store: 0, denyCache: 0, local: 0, nobody: 0, unavailable: 0 }
  readonly storeErrors: Record<StoreErrorKind, number> = {
    timeout: 0,
    connection: 0,
    loading: 0,
    readonly: 0,
    auth: 0,
    memory: 0,
    moving: 0,
    script: 0,
    other: 0,
  }
  transitions = 0
  refunds = 0
  untold = 0
  nodesDown = 0
  scriptLoads = 0
  store: StoreState | 'off' = 'off'
  subjects = 0
}
