import type { Clock } from '../std/clock.ts'

/** What filters run with, besides their configuration: one set for each process that carries traffic. */
export interface FilterServices {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
}
