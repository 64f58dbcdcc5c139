import type { Ms } from '../std/units.ts'

/** Time for a limit that was lowered by closes to double again. */
const doubleAfter: Ms = 60_000
/** Closes never lower the limit below this: a restart of the upstream closes young connections too. */
const floor: Ms = 50
/** A just-used connection is idle for at most this long. */
const freshAtMost: Ms = 250

/**
 * How long a connection of one endpoint may be idle: starts at what is configured and is learned downwards from
 * `Keep-Alive: timeout` and from closes that were seen, so that we close before the peer does.
 */
export class IdleLimit {
  #configured: Ms
  /** From the peer's announcement. */
  #announced: Ms = Infinity
  /** From a close that was seen, at `#observedAt`. */
  #observed: Ms = Infinity
  #observedAt = 0

  constructor(configured: Ms) {
    this.#configured = configured
  }

  configure(idle: Ms): void {
    this.#configured = idle
  }

  /** Monotonic `now`; what closes taught is forgotten slowly. */
  current(now: number): Ms {
    const stated = this.#configured < this.#announced ? this.#configured : this.#announced
    if (this.#observed === Infinity) return stated
    const recovered = this.#observed * 2 ** ((now - this.#observedAt) / doubleAfter)
    if (recovered < stated) return recovered
    this.#observed = Infinity
    return stated
  }

  /** The longest idle time of a connection that may carry a request that must not run twice. */
  fresh(now: number): Ms {
    return Math.min(freshAtMost, this.current(now) / 4)
  }

  /** `Keep-Alive: timeout=` in seconds: a second of margin, or half when there is no room for it (hardening R14). */
  announce(seconds: number): void {
    this.#announced = Math.max(seconds * 1_000 - 1_000, seconds * 500)
  }

  /** The peer closed a connection that was idle for `idle`. */
  observe(idle: Ms, now: number): void {
    const limit = Math.max(floor, 0.8 * idle)
    if (limit >= this.current(now)) return
    this.#observed = limit
    this.#observedAt = now
  }
}
