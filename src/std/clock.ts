import { performance } from 'node:perf_hooks'

/** Time as the program sees it; a parameter everywhere, so that tests own it. */
export interface Clock {
  /** Milliseconds that only ever grow, with fractions; unrelated to the time of day. */
  now(): number
  /** Milliseconds since 1970-01-01 UTC; may jump when the host's clock is set. */
  wall(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/** The clock of the host; its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
}
