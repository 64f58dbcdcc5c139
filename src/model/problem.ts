import type { Origin } from './origin.ts'

/** Someone else's mistake in configuration: collected, placed, shown to them, never thrown. */
export interface Problem {
  /** `error`: the piece is left out (or the whole file, for a file source). `warning`: it works, and not as one may think. */
  readonly severity: 'error' | 'warning'
  readonly origin: Origin
  /** What is wrong, with the value in quotes; no final stop. */
  readonly message: string
  /** What to write instead: `write "5s"`. */
  readonly remedy: string
}
