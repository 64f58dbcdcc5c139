import type { Ms } from '../../std/units.ts'

/** How eagerly status is written. */
export interface StatusLimits {
  readonly atOnce: number
  readonly perSecond: number
  /** Whether addresses have changed is looked at so often. */
  readonly look: Ms
  /** Whether every entry still stands, so often. */
  readonly refresh: Ms
}

/** Refreshed as often as ingress-nginx does. */
export const usualStatusLimits: StatusLimits = { atOnce: 5, perSecond: 20, look: 5_000, refresh: 60_000 }
