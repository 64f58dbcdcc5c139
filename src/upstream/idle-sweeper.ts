import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { Endpoint } from './endpoint.ts'

/** How often idle connections are looked at while there are any; taking one looks exactly. */
const every: Ms = 500

/** Closes idle connections of a cluster in time, with one timer that runs only while there are any. */
export class IdleSweeper {
  readonly #clock: Clock
  readonly #endpoints: () => readonly Endpoint[]
  #timer: unknown = undefined

  constructor(clock: Clock, endpoints: () => readonly Endpoint[]) {
    this.#clock = clock
    this.#endpoints = endpoints
  }

  /** A connection became idle. */
  start(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      const now = this.#clock.now()
      for (const endpoint of this.#endpoints()) endpoint.sweepIdle(now)
      if (this.idle() > 0) this.start()
    }, every)
  }

  /** Idle connections of all endpoints. */
  idle(): number {
    let idle = 0
    for (const endpoint of this.#endpoints()) idle += endpoint.idle
    return idle
  }

  /** Closes the longest idle connection; false when there is none. */
  closeLongest(): boolean {
    let longest: Endpoint | undefined
    for (const endpoint of this.#endpoints()) {
      if (endpoint.idle > 0 && endpoint.idleSince < (longest?.idleSince ?? Infinity)) longest = endpoint
    }
    return longest?.closeOldestIdle() ?? false
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
