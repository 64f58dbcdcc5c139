import type { Ms } from '../std/units.ts'

/** How much may pass: what a limiter needs of a rule. */
export interface Limit {
  /** Names the limit in stores, headers and log: equal ids share their counts. */
  readonly id: string
  /** Requests in `per`, evenly: GCRA with an emission interval of `per / rate`. */
  readonly rate: number
  readonly per: Ms
  /** How many may come at once beyond the even flow; 0 admits one at a time. */
  readonly burst: number
  readonly onStoreError: 'open' | 'closed' | 'local'
}

/** One limit asked for one subject. */
export interface Ask {
  readonly limit: Limit
  /** Whose share is taken from: what the key of the rule gave for this request. */
  readonly subject: string
  readonly cost: number
}

/** What became of asks that stood together: all of them were admitted and counted, or nothing was. */
export interface Verdict {
  /** `unavailable`: the store does not answer and the limit is `closed`. */
  readonly kind: 'admitted' | 'denied' | 'unavailable'
  /** For each ask in its order, what is left after this request. */
  readonly remaining: readonly number[]
  /** For each ask, until its share is full again. */
  readonly resetMs: readonly Ms[]
  /** Until all of it would be admitted; 0 when it was. */
  readonly retryAfterMs: Ms
  /** Index of the ask that decided; -1 when all were admitted. */
  readonly deniedBy: number
  /** Who decided: the shared store, this process on its own, or nobody (`open`). */
  readonly by: 'store' | 'local' | 'nobody'
}

/** Decides over requests. Asks that stand together are one question: one round trip where there is a store. */
export interface Limiter {
  /** Never rejects, and answers without a promise where it can. */
  take(asks: readonly Ask[]): Verdict | Promise<Verdict>
}
