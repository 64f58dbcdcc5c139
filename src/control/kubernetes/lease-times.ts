import type { Ms } from '../../std/units.ts'

/** The times of leader election. All replicas of an installation have the same. */
export interface LeaseTimes {
  /** A leader silent for so long is none any more. Told to others in whole seconds, rounded up. */
  readonly duration: Ms
  /** The leader renews so often; a request for the Lease may take so long too. */
  readonly renew: Ms
  /** The others look so often, and up to twice as long. So does the leader when it could not renew. */
  readonly retry: Ms
  /** A leader writes nothing when it renewed longer ago than that. Well below `duration`, so that a write ends before the Lease does. */
  readonly trust: Ms
  /** Every replica gives a sign of life so often; one that gave none for three times as long counts as gone. */
  readonly sign: Ms
}

/** Those of Kubernetes' own controllers. */
export const usualLeaseTimes: LeaseTimes = {
  duration: 15_000,
  renew: 5_000,
  retry: 2_000,
  trust: 10_000,
  sign: 10_000,
}
