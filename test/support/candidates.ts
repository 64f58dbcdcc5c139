import type { Candidate } from '../../src/upstream/balancer.ts'
import { PeakEwma } from '../../src/upstream/peak-ewma.ts'

/** An endpoint as balancers see it, that does what a test says. */
export class FakeCandidate implements Candidate {
  readonly key: string
  readonly weight: number
  effectiveWeight: number
  active = 0
  readonly ewma = new PeakEwma()

  constructor(key: string, weight = 1) {
    this.key = key
    this.weight = weight
    this.effectiveWeight = weight
  }

  load(now: number, relativeWeight: number): number {
    return this.ewma.load(now, this.active / relativeWeight, 10_000)
  }
}

/** `10.0.0.0:80` and on, with these weights. */
export function candidates(weights: readonly number[]): FakeCandidate[] {
  return weights.map((weight, i) => new FakeCandidate(`10.0.${i >> 8}.${i & 255}:80`, weight))
}
