import type { Ms } from '../std/units.ts'

/** How much may pass: what a limiter needs of a rule. It is made once and never changes: what is worked out of it is kept. */
export interface Limit {
  /** Names the limit in stores, headers and log: equal ids share their counts. */
  readonly id: string
  /** A `rate` is an even flow (see `gcra.ts`), a `quota` a number in any time of a length (see `quota.ts`). */
  readonly kind: 'rate' | 'quota'
  /** Requests in `per`. Of a rate, evenly: an emission interval of `per / rate`. Above 0; up to a million a second is exact. */
  readonly rate: number
  readonly per: Ms
  /**
   * How many may come at once beyond the even flow; 0 admits one at a time. Says nothing for a quota.
   *
   * A share that holds less than some milliseconds of its flow loses what comes unevenly: 1,000/s with 0 admits about 800/s of
   * 4,000/s that come at random, and with 10 (1 % of a second) all 1,000/s.
   */
  readonly burst: number
  /** How many requests a share may owe besides: what `debit` takes it to at most. 0 where nothing is taken later. */
  readonly overdraft: number
  /** What happens to requests while the shared store does not answer: see `withoutStore`. */
  readonly onStoreError: 'open' | 'closed' | 'local'
}

/** One limit asked for one subject. */
export interface Ask {
  readonly limit: Limit
  /** Whose share is taken from: what the key of the rule gave for this request. Of any length. */
  readonly subject: string
  /** In requests, above 0. More than `burst + 1`, or than the quota, never passes. */
  readonly cost: number
}

/** What became of asks that stood together: all of them were admitted and counted, or nothing was. */
export interface Verdict {
  /** `unavailable`: the store does not answer and the limit is `closed`. */
  readonly kind: 'admitted' | 'denied' | 'unavailable'
  /** For each ask in its order, what is left after this request; -1 where that is not known. */
  readonly remaining: readonly number[]
  /** For each ask, until its share is full again, or the window of a quota ends; 0 where that is not known. */
  readonly resetMs: readonly Ms[]
  /** Until all of it would be admitted if nobody else asked; 0 when it was. Has fractions. */
  readonly retryAfterMs: Ms
  /** Index of the ask that decided, which is the one with the longest wait; -1 when all were admitted. */
  readonly deniedBy: number
  /** Who decided: the shared store, or this process from what the store said; this process on its own; nobody (`open`). */
  readonly by: 'store' | 'local' | 'nobody'
}

/** Decides over requests. Asks that stand together are one question: one round trip where there is a store. */
export interface Limiter {
  /** Never rejects, and answers without a promise where it can. */
  take(asks: readonly Ask[]): Verdict | Promise<Verdict>
  /**
   * Takes what turned out to be owed after a request was admitted, and decides nothing: a share may owe more than it holds, as far as
   * its `overdraft`. Never fails; what a store cannot be told is lost.
   */
  debit(asks: readonly Ask[]): void
}

/** A limiter that runs: see `createLimiter`. */
export interface RunningLimiter extends Limiter {
  /** Connects to the store, if there is one; resolves once it answers or is known not to. Before, the store counts as away. */
  start(): Promise<void>
  /** What waits is answered as if the store were away; no more is asked of it afterwards. */
  close(): Promise<void>
  /** How many gateways share the store: while it is away, limits that are `local` are divided by it. Says nothing without a store. */
  setReplicas(count: number): void
  readonly counters: LimitCounters
}

/** What a limiter has counted since its start; the object changes in place. */
export interface LimitCounters {
  /** Verdicts, by who gave them. */
  readonly decisions: Readonly<Record<'store' | 'denyCache' | 'local' | 'nobody' | 'unavailable', number>>
  /** Questions that the store failed to answer; one question may stand for many requests. */
  readonly storeErrors: Readonly<Record<StoreErrorKind, number>>
  /** Each a change between `up` and `down`. */
  readonly transitions: number
  /** Shares of a Cluster that were given back what they gave, as another share of the same request gave nothing. */
  readonly refunds: number
  /** Shares that were not told what they owe, or are given back: who counts them is not asked. Not what was lost on its way. */
  readonly untold: number
  /** Servers of the store that are not asked, as they do not answer. */
  readonly nodesDown: number
  /** How often the store had to be given the script again. */
  readonly scriptLoads: number
  /** `off` without a store; `starting` until it answered for the first time, or failed to. A Cluster is up while a node of it is. */
  readonly store: StoreState | 'off'
  /** Subjects in the memory of this process. */
  readonly subjects: number
}

export type StoreState = 'starting' | 'up' | 'down'

/**
 * `auth`: who we are, or what we may; `moving`: a slot is on its way to another node; `script`: the script failed, such as at a key of
 * another type; `other`: whatever else the store said.
 */
export type StoreErrorKind =
  | 'timeout'
  | 'connection'
  | 'loading'
  | 'readonly'
  | 'auth'
  | 'memory'
  | 'moving'
  | 'script'
  | 'other'

/**
 * A server of the store went or came back; told once for each change. One that is `up` as before is well, and does not run a script
 * that others need than rate limits, or that failed at a key.
 */
export interface StoreEvent {
  /** Which one: `10.0.0.5:6379`. */
  readonly store: string
  readonly from: StoreState
  readonly to: StoreState
  /** A phrase for the log; holds no secret. */
  readonly cause: string
}
