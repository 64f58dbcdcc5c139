import type { Clock } from '../std/clock.ts'
import type { Ask } from './subrequest.ts'

/** What filters run with, besides their configuration: one set for each process that carries traffic. */
export interface FilterServices {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Asks a cluster something before the request may go on. */
  readonly ask: Ask
}
