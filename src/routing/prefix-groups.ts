import type { CompiledRoute } from './compiled-route.ts'
import { compareText } from './precedence.ts'

/** The routes of a host that begin with the same text. */
export interface PrefixGroup<R> {
  readonly value: string
  readonly kind: 'segments' | 'prefix'
  /** At least one, in order of precedence. */
  readonly routes: readonly CompiledRoute<R>[]
}

/** The groups of a host by text; at equal text `prefix` before `segments`. So a longer one stands behind the ones it begins with. */
export type PrefixGroups<R> = readonly PrefixGroup<R>[]

export function sortGroups<R>(groups: PrefixGroup<R>[]): PrefixGroups<R> {
  return groups.sort(compareGroups)
}

/** The groups with one put in place, or taken out when it has no routes. */
export function withGroup<R>(groups: PrefixGroups<R>, group: PrefixGroup<R>): PrefixGroups<R> {
  const at = countBelow(groups, (other) => compareGroups(other, group) < 0)
  const found = groups[at]
  const isThere = found !== undefined && compareGroups(found, group) === 0
  return groups.toSpliced(at, isThere ? 1 : 0, ...(group.routes.length === 0 ? [] : [group]))
}

function compareGroups<R>(a: PrefixGroup<R>, b: PrefixGroup<R>): number {
  return compareText(a.value, b.value) || compareText(a.kind, b.kind)
}

/** The number of the last group that could be a beginning of `path`; -1 when there is none. */
export function lastNotAbove<R>(groups: PrefixGroups<R>, path: string): number {
  return countBelow(groups, (group) => group.value <= path) - 1
}

/**
 * The number of the longest group, at `from` or before it, that `path` begins with; -1 when there is none.
 *
 * A group that is not a beginning of `path` still says how long one can be: whatever stands between a beginning of `path`
 * and `path` itself begins the same way. So the search goes on with the part that both share.
 */
export function longestBeginning<R>(groups: PrefixGroups<R>, path: string, from: number): number {
  let at = from
  for (let group = groups[at]; group !== undefined; group = groups[at]) {
    const shared = sharedLength(group.value, path)
    if (shared === group.value.length) return at
    at = lastNotAbove(groups, path.slice(0, shared))
  }
  return -1
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let shared = 0
  while (shared < most && a.charCodeAt(shared) === b.charCodeAt(shared)) shared += 1
  return shared
}

/** How many items at the start of a sorted list satisfy a test that holds for a first part of it and not for the rest. */
export function countBelow<T>(sorted: readonly T[], isBelow: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = sorted[middle]
    if (item !== undefined && isBelow(item)) low = middle + 1
    else high = middle
  }
  return low
}
