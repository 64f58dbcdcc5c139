import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { pause } from './retry-delay.ts'

/**
 * Those who wait for an API server that was away. Each waits for its own time, so that the server is not met by all of us at once; when
 * the first of them hears it again, there is nothing to wait for any more.
 */
export class Outage {
  readonly #clock: Clock
  #waiting = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits, at most until the outage is over. */
  async wait(ms: Ms, signal: AbortSignal): Promise<void> {
    await pause(this.#clock, ms, AbortSignal.any([signal, this.#waiting.signal]))
  }

  /** Somebody was answered. */
  over(): void {
    const waiting = this.#waiting
    this.#waiting = new AbortController()
    waiting.abort()
  }
}
