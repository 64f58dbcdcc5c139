interface Passed {
  readonly at: number
  readonly cost: number
}

/** A quota as it is defined, kept as a list of what has passed: what others are held to. */
export class PlainQuota {
  readonly passed: Passed[] = []
  readonly #quota: number
  readonly #length: number

  constructor(quota: number, length: number) {
    this.#quota = quota
    this.#length = length
  }

  /** Whether a request may pass; it is counted then. */
  take(at: number, cost: number): boolean {
    const fits = this.used(at) + cost <= this.#quota + 1e-6
    if (fits) this.passed.push({ at, cost })
    return fits
  }

  /** What counts: all of this window, and of the one before as much as lies within a length of now. */
  used(at: number): number {
    const window = Math.floor(at / this.#length)
    const within = (at - window * this.#length) / this.#length
    return this.#in(window) + this.#in(window - 1) * (1 - within)
  }

  /** The most that has passed in any time of a length. */
  get mostInLength(): number {
    const sums = this.passed.map(({ at }) =>
      this.passed
        .filter((other) => other.at >= at && other.at < at + this.#length)
        .reduce((sum, { cost }) => sum + cost, 0),
    )
    return Math.max(0, ...sums)
  }

  /** The most that has passed in one window. */
  get mostInWindow(): number {
    return Math.max(0, ...this.passed.map(({ at }) => this.#in(Math.floor(at / this.#length))))
  }

  #in(window: number): number {
    return this.passed
      .filter(({ at }) => Math.floor(at / this.#length) === window)
      .reduce((sum, { cost }) => sum + cost, 0)
  }
}
