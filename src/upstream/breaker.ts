import type { ClusterLimits } from '../model/cluster.ts'
import type { Reason } from '../model/reasons.ts'

/** A request that waits for a connection. */
export interface Waiter {
  /** A connection or room for one is there, for this call only: take it now or wait again. */
  resumeWaiting(): void
}

/** The circuit breaker of one cluster: counts, and says no above the limits. 0 is no limit. */
export class Breaker {
  limits: ClusterLimits
  /** Requests that were admitted and not released. */
  requests = 0
  /** Open connections, those being opened included. */
  connections = 0
  readonly #waiters = new Set<Waiter>()

  constructor(limits: ClusterLimits) {
    this.limits = limits
  }

  get pending(): number {
    return this.#waiters.size
  }

  /** Counts a request, or says why not. */
  admit(): Reason | undefined {
    if (this.limits.requests > 0 && this.requests >= this.limits.requests) return 'cluster_requests'
    this.requests++
    return undefined
  }

  release(): void {
    this.requests--
  }

  hasRoom(): boolean {
    return this.limits.connections === 0 || this.connections < this.limits.connections
  }

  /** Puts a request at the end of the queue; false when that is full. */
  wait(waiter: Waiter): boolean {
    if (this.limits.pending > 0 && this.#waiters.size >= this.limits.pending) return false
    this.#waiters.add(waiter)
    return true
  }

  cancelWait(waiter: Waiter): void {
    this.#waiters.delete(waiter)
  }

  /**
   * Resumes waiters in order as long as `available` says that there is something for them; each at most once, so that
   * those who wait again wait for the next time.
   */
  wake(available: () => boolean): void {
    for (let turns = this.#waiters.size; turns > 0 && available(); turns--) {
      const first = this.#waiters.values().next().value
      if (first === undefined) return
      this.#waiters.delete(first)
      first.resumeWaiting()
    }
  }
}
