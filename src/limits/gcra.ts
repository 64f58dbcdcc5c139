import type { Ms } from '../std/units.ts'
import type { Limit } from './limiter.ts'

/**
 * The generic cell rate algorithm (ITU-T I.371, as a virtual schedule), in numbers alone: nothing is kept or allocated here.
 *
 * A share is one time: when it would be full again (the theoretical arrival time). What is ahead of now is its *debt*; each
 * request adds `cost` intervals to it, and time takes it away. A share holds `burst + 1` requests, so in any window no more
 * than `rate × window + burst + 1` pass.
 */

/** How long a rate takes for one request. */
export function intervalOf({ rate, per }: Pick<Limit, 'rate' | 'per'>): Ms {
  return per / rate
}

/** What rounding adds up to at most, in a year of uptime: 100 ns. Without it a share of three thirds would let two pass. */
const rounding: Ms = 1e-4

/** How far ahead a share that is full at `fullAt` is, at most all of it: a clock that jumped back locks nobody out for longer. */
export function debtAt(fullAt: number, now: number, capacity: Ms): Ms {
  const debt = fullAt - now
  if (debt <= 0) return 0
  return debt < capacity ? debt : capacity
}

/** How long a request that adds `increment` has to wait; 0 when it may pass now. */
export function waitFor(debt: Ms, increment: Ms, capacity: Ms): Ms {
  const over = debt + increment - capacity
  return over > rounding ? over : 0
}

/** How many requests of cost 1 the share still holds. */
export function leftOf(debt: Ms, interval: Ms, capacity: Ms): number {
  const left = Math.floor((capacity - debt + rounding) / interval)
  return left > 0 ? left : 0
}
