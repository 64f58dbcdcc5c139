import type { RequestView } from '../model/request-view.ts'

/** What a balancer may know of an endpoint. */
export interface Candidate {
  readonly key: string
  /** As configured. */
  readonly weight: number
  /** Relative, above 0; less than `weight` while the endpoint warms up. */
  readonly effectiveWeight: number
  /** Requests in flight. */
  readonly active: number
  /** Peak-EWMA load; `relativeWeight` is 1 for an endpoint of average weight. */
  load(now: number, relativeWeight: number): number
}

/** Chooses among usable endpoints. It never sees one that must not be used. */
export interface Balancer<E extends Candidate> {
  /** The usable endpoints, or weights, changed; the array is not changed afterwards. Not per request. */
  update(endpoints: readonly E[]): void
  /** One of them; `undefined` only when there is none. Allocates nothing. */
  pick(view: RequestView): E | undefined
}

/** Whether all endpoints weigh the same, which lets balancers take their short path. */
export function sameWeights(endpoints: readonly Candidate[]): boolean {
  const first = endpoints[0]
  return endpoints.every((endpoint) => endpoint.effectiveWeight === first?.effectiveWeight)
}
