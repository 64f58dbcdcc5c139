/** How many requests of a subject may be in flight: what who counts them needs of a rule. */
export interface ConcurrencyLimit {
  /** Names the limit: equal ids share their counts, however much each admits. */
  readonly id: string
  readonly most: number
  /** Where it is counted: in this gateway alone, or in the store that replicas share, if there is one. */
  readonly store: 'memory' | 'shared'
  /** What happens to requests while who counts does not answer. `local` gives each process its part of the limit. */
  readonly onStoreError: 'open' | 'closed' | 'local'
}

/** A request that wants to be one of those in flight. */
export interface PermitAsk {
  readonly limit: ConcurrencyLimit
  /** Among whose requests it counts: what the key of the rule gave. Of any length. */
  readonly subject: string
}

/** It may go on, and counts until it is given back. */
export interface Permit {
  readonly kind: 'admitted'
  /** How many more would be admitted now; -1 where nobody knows. */
  readonly left: number
  /** The request is over. Has to be called once. */
  giveBack(): void
}

/** It may not. `unavailable`: who counts does not answer, and the limit is `closed`. */
export interface NoPermit {
  readonly kind: 'denied' | 'unavailable'
}

/** Counts the requests in flight. */
export interface Concurrency {
  /** Never rejects, and answers without a promise where it can. Whoever waits for a permit has to take it, or give it back. */
  take(ask: PermitAsk): Permit | NoPermit | Promise<Permit | NoPermit>
  /** Permits that this process has given and not got back. */
  readonly inFlight: number
}

export const denied: NoPermit = Object.freeze({ kind: 'denied' })
export const unavailable: NoPermit = Object.freeze({ kind: 'unavailable' })

/** For a request that nobody counts. */
export const uncounted: Permit = Object.freeze({ kind: 'admitted', left: -1, giveBack: () => {} })
