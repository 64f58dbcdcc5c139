import { type Balancer, type Candidate, sameWeights } from './balancer.ts'

/** How two choices compare. */
export interface Comparison<E> {
  /** Lower is better; `relativeWeight` is 1 for an endpoint of average weight. */
  readonly load: (endpoint: E, relativeWeight: number, now: number) => number
  /** Asked once per pick, for loads that go by time. */
  readonly now: () => number
}

/**
 * Power of two choices: draws two different endpoints, by weight, and takes the one with the lower load; the first on a
 * tie, so that with equal loads the shares follow the weights.
 */
export class TwoChoices<E extends Candidate> implements Balancer<E> {
  readonly #comparison: Comparison<E>
  readonly #random: () => number
  #endpoints: readonly E[] = []
  #even = true
  /** Running sums of the weights. */
  #sums = new Float64Array(0)
  #total = 0

  /** @param random in [0, 1). */
  constructor(comparison: Comparison<E>, random: () => number) {
    this.#comparison = comparison
    this.#random = random
  }

  update(endpoints: readonly E[]): void {
    this.#endpoints = endpoints
    this.#even = sameWeights(endpoints)
    this.#sums = new Float64Array(endpoints.length)
    this.#total = 0
    for (const [i, endpoint] of endpoints.entries()) {
      this.#total += endpoint.effectiveWeight
      this.#sums[i] = this.#total
    }
  }

  pick(): E | undefined {
    const count = this.#endpoints.length
    if (count < 2) return this.#endpoints[0]
    const one = this.#even ? Math.floor(this.#random() * count) : this.#draw(this.#random() * this.#total)
    const two = this.#even ? this.#evenOther(one) : this.#otherThan(one)
    const first = this.#endpoints[one]
    const second = this.#endpoints[two]
    if (first === undefined || second === undefined) return first ?? second
    const { load, now } = this.#comparison
    const time = now()
    const scale = count / this.#total
    const firstLoad = load(first, first.effectiveWeight * scale, time)
    return load(second, second.effectiveWeight * scale, time) < firstLoad ? second : first
  }

  #evenOther(one: number): number {
    const other = Math.floor(this.#random() * (this.#endpoints.length - 1))
    return other < one ? other : other + 1
  }

  /** Draws as if `one` were not there. */
  #otherThan(one: number): number {
    const start = one === 0 ? 0 : (this.#sums[one - 1] ?? 0)
    const weight = (this.#sums[one] ?? 0) - start
    const roll = this.#random() * (this.#total - weight)
    const other = this.#draw(roll < start ? roll : roll + weight)
    if (other !== one) return other
    return one === 0 ? 1 : one - 1
  }

  /** Index of the first running sum above `roll`. */
  #draw(roll: number): number {
    const sums = this.#sums
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sums[middle] ?? 0) > roll) high = middle
      else low = middle + 1
    }
    return low
  }
}
