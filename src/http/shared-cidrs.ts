import { type CidrSet, parseCidrs } from './cidr.ts'

/** Sets kept at most; beyond that all are forgotten, and made anew as they are asked for. */
const mostKept = 64
/** Blocks of a list that is kept: longer ones are few, and would be held long after they are gone. */
const longestKept = 1024

const kept = new Map<string, CidrSet>()

/**
 * As `parseCidrs`, with one set for lists that say the same: an Ingress has one list and thousands of routes, and a list takes up to a
 * millisecond.
 *
 * @throws {RangeError} as `parseCidrs` does.
 */
export function sharedCidrs(list: readonly string[]): CidrSet {
  if (list.length > longestKept) return parseCidrs(list)
  const text = list.join(' ')
  const known = kept.get(text)
  if (known !== undefined) return known
  const made = parseCidrs(list)
  if (kept.size >= mostKept) kept.clear()
  kept.set(text, made)
  return made
}
