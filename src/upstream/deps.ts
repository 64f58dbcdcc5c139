import type { Clock } from '../std/clock.ts'
import type { UpstreamEvent } from './events.ts'

/** What clusters need of the world. */
export interface UpstreamDeps {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly onEvent: (event: UpstreamEvent) => void
  /** The metric row of a cluster. */
  readonly series: (id: string) => number
}
