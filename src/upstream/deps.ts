import type { Clock } from '../std/clock.ts'
import type { Resolve } from './dns/resolve.ts'
import type { UpstreamEvent } from './events.ts'
import type { Probe } from './probe.ts'

/** What clusters need of the world. */
export interface UpstreamDeps {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Finds the addresses of a name: `systemResolve()`. */
  readonly resolve: Resolve
  /** Checks an endpoint's health: `networkProbe`. */
  readonly probe: Probe
  readonly onEvent: (event: UpstreamEvent) => void
  /** The metric row of a cluster. */
  readonly series: (id: string) => number
}
