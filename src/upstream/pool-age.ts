import type { Ms } from '../std/units.ts'

/**
 * Whether a connection is older than allowed. The oldest age differs by up to 10 % either way from connection to connection,
 * and stays the same for each.
 *
 * @param openedAt monotonic ms, with the clock's fractions. @param age 0 is no limit.
 */
export function isAged(openedAt: number, age: Ms, now: number): boolean {
  if (age === 0 || now - openedAt < age * 0.9) return false
  return now - openedAt > age * (0.9 + 0.2 * spread(openedAt))
}

/** A number in [0, 1) that looks random and is always the same for one time. */
function spread(time: number): number {
  const bits = Math.imul((time * 1_000) | 0, 0x9e3779b1) >>> 0
  return bits / 2 ** 32
}
