import type { Ms } from '../std/units.ts'

/**
 * Quotas by a sliding window of two counters, in numbers alone: nothing is kept or allocated here.
 *
 * Time is cut into windows of the quota's length. What was counted in the window before is taken to have come evenly, so as much of it
 * counts as lies within one length of now. In one of these windows never more than the quota passes; in a length of time that lies
 * across two of them, more does only if what came in the first did not come evenly, and never twice as much.
 */
export interface QuotaCounts {
  /** Which window `current` is of. */
  window: number
  current: number
  /** Of the window before. */
  previous: number
}

type CountsOfTwo = Readonly<Pick<QuotaCounts, 'current' | 'previous'>>

/** What rounding adds up to at most: a wait of 100 ns is none. */
const rounding: Ms = 1e-4
const roundingOfCounts = 1e-6

/**
 * Moves counts on to the window that `now` lies in. A clock that jumped back leaves them as they are: what was counted counts.
 *
 * @param length of a window; windows begin at its multiples.
 */
export function moveTo(counts: QuotaCounts, now: number, length: Ms): void {
  const window = Math.floor(now / length)
  const passed = window - counts.window
  counts.window = window
  if (passed <= 0) return
  counts.previous = passed === 1 ? counts.current : 0
  counts.current = 0
}

/** What counts now. */
export function usedOf({ current, previous }: CountsOfTwo, now: number, length: Ms): number {
  return current + previous * (1 - (now % length) / length)
}

/** How many more the quota holds: whole ones. */
export function leftOfQuota(used: number, quota: number): number {
  const left = Math.floor(quota - used + roundingOfCounts)
  return left > 0 ? left : 0
}

/** How long until `cost` more is within the quota, if nobody else asks; 0 when it is now. At most until nothing counts any more. */
export function quotaWait(
  { current, previous }: CountsOfTwo,
  cost: number,
  { quota, now, length }: { readonly quota: number; readonly now: number; readonly length: Ms },
): Ms {
  const gone = now % length
  const room = quota - cost - current
  if (room >= 0) {
    const wait = previous <= room ? 0 : (1 - room / previous) * length - gone
    return wait > rounding ? wait : 0
  }
  // Not in this window; in the next, this one is the one before.
  const part = Math.max(0, Math.min(1, 1 - (quota - cost) / current))
  return length - gone + part * length
}

/** Until the window ends, from when on what was counted in it counts less and less; 0 when nothing counts. */
export function quotaReset({ current, previous }: CountsOfTwo, now: number, length: Ms): Ms {
  return current > 0 || previous > 0 ? length - (now % length) : 0
}
