import type { Ms } from '../../std/units.ts'
import type { LimitRule } from './limit-rule.ts'

/** How often clients may ask. All rules are one question: each of them admits the request and counts it, or none does. */
export interface RateLimit {
  readonly rules: readonly RateRule[]
}

/** One limit, and whom it counts apart. Rules of one name share their counts if they say the same. */
export interface RateRule extends LimitRule, Amount {
  /** What one request takes. */
  readonly cost: number
  readonly laterCost: LaterCost | undefined
  /** Those with a limit of their own, each name once. */
  readonly overrides: readonly RateOverride[]
  /** Whether `X-RateLimit-*` stand beside them. */
  readonly legacyHeaders: 'on' | 'off'
}

/** The limit of those for whom the first part of the key has this value. Of the kind of its rule. */
export interface RateOverride extends Amount {
  readonly name: string
}

/** How much is admitted. */
export interface Amount {
  /** A `rate` is an even flow, a `quota` as many as `rate` in any time of `per`. */
  readonly kind: 'rate' | 'quota'
  /** Requests in `per`. */
  readonly rate: number
  readonly per: Ms
  /** How many may come at once beyond the even flow; 0 for a quota. */
  readonly burst: number
}

/** How many requests of cost 1 are admitted at once. */
export function wholeOf({ kind, rate, burst }: Amount): number {
  return kind === 'quota' ? rate : burst + 1
}

/** What a request costs as its response says: what that is above `cost` is taken then, whatever there is. */
export interface LaterCost {
  /** Of the response, in lower case. */
  readonly header: string
  /** More counts as this; and so many requests a share may owe at most. */
  readonly most: number
  /** What becomes of the header on the way to the client. */
  readonly clients: 'keep' | 'remove'
}
