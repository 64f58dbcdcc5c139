/**
 * Bounds the retries of a cluster by its active requests, so that a failing upstream gets no storm: never more active
 * retries than `percent` of active requests, `minimum` excepted. (hardening §4.1)
 */
export class RetryBudget {
  /** Retries in flight. */
  active = 0

  /** Takes a permit when there is one; each that was taken is given back by `ended`. */
  take(activeRequests: number, percent: number, minimum: number): boolean {
    const allowed = Math.max(minimum, Math.floor((activeRequests * percent) / 100))
    if (this.active >= allowed) return false
    this.active++
    return true
  }

  ended(): void {
    this.active--
  }
}
