import { type Balancer, type Candidate, sameWeights } from './balancer.ts'

/**
 * Takes turns; with unequal weights the smooth way of nginx: every turn each endpoint gains its weight, the richest is
 * taken and pays the sum, so that a heavy endpoint's turns are spread evenly. A pick looks at every endpoint then.
 */
export class RoundRobin<E extends Candidate> implements Balancer<E> {
  #endpoints: readonly E[] = []
  #even = true
  #next: number
  #weights = new Float64Array(0)
  #credits = new Float64Array(0)
  #total = 0

  /** @param random in [0, 1); sets where it starts, so that workers do not march in step. */
  constructor(random: () => number) {
    this.#next = Math.floor(random() * 2 ** 16)
  }

  update(endpoints: readonly E[]): void {
    const credits = new Map(this.#endpoints.map((endpoint, i) => [endpoint, this.#credits[i] ?? 0]))
    this.#endpoints = endpoints
    this.#even = sameWeights(endpoints)
    this.#weights = Float64Array.from(endpoints, (endpoint) => endpoint.effectiveWeight)
    this.#credits = Float64Array.from(endpoints, (endpoint) =>
      this.#even ? 0 : (credits.get(endpoint) ?? 0),
    )
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0)
  }

  pick(): E | undefined {
    const count = this.#endpoints.length
    if (!this.#even) return this.#endpoints[this.#richest()]
    if (count === 0) return undefined
    this.#next = (this.#next + 1) % count
    return this.#endpoints[this.#next]
  }

  #richest(): number {
    const credits = this.#credits
    const weights = this.#weights
    let richest = 0
    let most = -Infinity
    for (let i = 0; i < credits.length; i++) {
      const credit = (credits[i] ?? 0) + (weights[i] ?? 0)
      credits[i] = credit
      if (credit > most) {
        most = credit
        richest = i
      }
    }
    credits[richest] = most - this.#total
    return richest
  }
}
