import type { Ms } from '../std/units.ts'
import type { Ask, Verdict } from './limiter.ts'
import type { LocalLimiter } from './local-limiter.ts'

/** Until a request that was refused because the store is away may be worth another try: it is probed that often. */
const tryAgainAfter: Ms = 1000

/**
 * Decides while the store does not answer, as each limit wants it: `closed` refuses, `open` admits without counting, `local`
 * counts in the memory of this process. Of several, one that is closed refuses; otherwise those that are local decide.
 */
export function withoutStore(asks: readonly Ask[], local: LocalLimiter): Verdict {
  const closed = asks.findIndex(({ limit }) => limit.onStoreError === 'closed')
  if (closed >= 0)
    return { ...unknown(asks), kind: 'unavailable', retryAfterMs: tryAgainAfter, deniedBy: closed }
  const counted = asks.filter(({ limit }) => limit.onStoreError === 'local')
  if (counted.length === asks.length) return local.take(asks)
  if (counted.length === 0) return unknown(asks)
  return spread(local.take(counted), asks)
}

/** Admitted by nobody. */
function unknown(asks: readonly Ask[]): Verdict {
  return {
    kind: 'admitted',
    remaining: asks.map(() => -1),
    resetMs: asks.map(() => 0),
    retryAfterMs: 0,
    deniedBy: -1,
    by: 'nobody',
  }
}

/** Puts what was said of the local limits at their places among all. */
function spread(verdict: Verdict, asks: readonly Ask[]): Verdict {
  const places = [...asks.keys()].filter((i) => asks[i]?.limit.onStoreError === 'local')
  const of = (values: readonly number[], other: number): number[] =>
    asks.map((_, i) => values[places.indexOf(i)] ?? other)
  return {
    ...verdict,
    remaining: of(verdict.remaining, -1),
    resetMs: of(verdict.resetMs, 0),
    deniedBy: places[verdict.deniedBy] ?? -1,
  }
}
