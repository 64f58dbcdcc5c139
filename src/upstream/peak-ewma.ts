import type { Ms } from '../std/units.ts'

/** Load of an endpoint that has a request in flight and never answered one: it gets one request, then waits. */
const penalty = 1e12
/** A cost below this (a microsecond, in ms) is as good as never measured. */
const nothing = 0.001

/**
 * Latency of one endpoint as Finagle's Peak-EWMA sees it: jumps up at once, decays exponentially, and decays towards
 * nothing while the endpoint is not used.
 */
export class PeakEwma {
  /** Milliseconds. */
  cost = 0
  #stamp = 0

  /** A request was answered after `latency`. */
  observe(now: number, latency: Ms, decay: Ms): void {
    if (latency > this.cost) {
      this.cost = latency
    } else {
      const weight = Math.exp(-Math.max(now - this.#stamp, 0) / decay)
      this.cost = this.cost * weight + latency * (1 - weight)
    }
    this.#stamp = Math.max(now, this.#stamp)
  }

  /**
   * A request ended without a proper answer after `elapsed`: it says that an answer takes at least so long, and nothing
   * good, so a quick failure makes the endpoint no more attractive.
   */
  observeAtLeast(now: number, elapsed: Ms): void {
    if (elapsed <= this.cost) return
    this.cost = elapsed
    this.#stamp = now
  }

  /** Cost times the requests it would have; `pending` counts those in flight, in units of its relative weight. */
  load(now: number, pending: number, decay: Ms): number {
    if (this.cost > nothing) this.observe(now, 0, decay)
    if (this.cost <= nothing) return pending === 0 ? 0 : penalty + pending
    return this.cost * (pending + 1)
  }
}
