import type { Ask, Limit, Verdict } from '../limits/limiter.ts'
import type { Ms } from '../std/units.ts'
import type { RunningRule } from './rate-limit-rule.ts'

/** An ask that knows its rule. */
export interface RuleAsk extends Ask {
  readonly rule: RunningRule
}

/**
 * The lines that tell a client where it stands: `RateLimit-Policy` and `RateLimit` of the rules that say so, and of the one with
 * least left `X-RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-11). `r` never promises more than the quota of a window.
 *
 * @param retryAfter seconds, for the rule that refused: its `t` says the same as `Retry-After`.
 */
export function limitFields(asks: readonly RuleAsk[], verdict: Verdict, retryAfter: number): string {
  let policies = ''
  let states = ''
  let tightest: { readonly limit: Limit; readonly left: number; readonly reset: number } | undefined
  for (const [i, { rule, limit }] of asks.entries()) {
    const isShown =
      rule.spec.headers === 'all' || (rule.spec.headers === 'denied' && verdict.kind !== 'admitted')
    if (!isShown) continue
    const isDenier = i === verdict.deniedBy
    // Nobody knows, for instance while the store is away and the rule is open: then nothing is claimed.
    if (!isDenier && (verdict.remaining[i] ?? -1) < 0) continue
    const left = isDenier ? 0 : Math.max(0, Math.min(Math.floor(verdict.remaining[i] ?? 0), limit.rate))
    const reset = isDenier ? retryAfter : wholeSeconds(verdict.resetMs[i] ?? 0)
    const comma = policies === '' ? '' : ', '
    policies += `${comma}"${rule.policy}";q=${limit.rate};w=${wholeSeconds(limit.per)}`
    states += `${comma}"${rule.policy}";r=${left};t=${reset}`
    if (rule.spec.legacyHeaders === 'on' && (tightest === undefined || left < tightest.left))
      tightest = { limit, left, reset }
  }
  const lines = policies === '' ? '' : `ratelimit-policy: ${policies}\r\nratelimit: ${states}\r\n`
  return tightest === undefined ? lines : lines + legacyFields(tightest.limit, tightest.left, tightest.reset)
}

function legacyFields({ rate }: Limit, left: number, reset: number): string {
  return `x-ratelimit-limit: ${rate}\r\nx-ratelimit-remaining: ${left}\r\nx-ratelimit-reset: ${reset}\r\n`
}

/**
 * Seconds until a client may come again: never too few, and up to a second or a tenth more by chance, so that those who were
 * refused together do not come back together.
 *
 * @param roll in [0, 1).
 */
export function retryAfterSeconds(ms: Ms, roll: number): number {
  return Math.max(1, Math.ceil((ms + roll * Math.max(1000, ms / 10)) / 1000))
}

function wholeSeconds(ms: Ms): number {
  return Math.ceil(ms / 1000)
}
