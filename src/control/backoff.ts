import type { Ms } from '../std/units.ts'

/**
 * How long to wait before try number `attempt` (1 is the first repetition): doubling from `base` up to `max`,
 * with the last quarter left to chance so that many who failed together do not come back together.
 */
export function backoffDelay(attempt: number, base: Ms, max: Ms, random: () => number): Ms {
  const full = Math.min(max, base * 2 ** Math.min(attempt - 1, 30))
  return full * (0.75 + random() / 4)
}
