import type { CompiledRoute } from './compiled-route.ts'
import { compareText } from './precedence.ts'

/** The routes of one host by path. */
export interface PathIndex<R> {
  readonly exact: ReadonlyMap<string, readonly CompiledRoute<R>[]> | undefined
  readonly regexes: readonly CompiledRoute<R>[]
  /** By text; at equal text `prefix` before `segments`. */
  readonly prefixes: readonly PrefixGroup<R>[]
}

/** The routes that begin with the same text. */
export interface PrefixGroup<R> {
  readonly value: string
  readonly kind: 'segments' | 'prefix'
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute<R>[]
  /** The group to ask next: the longest one whose text this one begins with. */
  readonly next: PrefixGroup<R> | undefined
}

/** @param sorted the routes of a host in order of precedence, which puts equal paths side by side. */
export function indexPaths<R>(sorted: readonly CompiledRoute<R>[]): PathIndex<R> {
  const exact = new Map<string, CompiledRoute<R>[]>()
  const regexes: CompiledRoute<R>[] = []
  const groups: Omit<PrefixGroup<R>, 'next'>[] = []
  let group: CompiledRoute<R>[] = []
  let before: CompiledRoute<R> | undefined
  for (const route of sorted) {
    const { kind, value } = route.path
    const sameGroup = before !== undefined && before.path.kind === kind && before.path.value === value
    before = route
    if (kind === 'regex') {
      regexes.push(route)
    } else if (sameGroup) {
      group.push(route)
    } else {
      group = [route]
      if (kind === 'exact') exact.set(value, group)
      else groups.push({ value, kind, routes: group })
    }
  }
  return { exact: exact.size === 0 ? undefined : exact, regexes, prefixes: link(groups) }
}

/** Sorts the groups and gives each its `next`: a stack holds the groups that the current text still begins with. */
function link<R>(groups: readonly Omit<PrefixGroup<R>, 'next'>[]): readonly PrefixGroup<R>[] {
  const linked: PrefixGroup<R>[] = []
  let top: PrefixGroup<R> | undefined
  for (const { value, kind, routes } of groups.toSorted(compareGroups)) {
    while (top !== undefined && !value.startsWith(top.value)) top = top.next
    top = { value, kind, routes, next: top }
    linked.push(top)
  }
  return linked
}

function compareGroups<R>(a: Omit<PrefixGroup<R>, 'next'>, b: Omit<PrefixGroup<R>, 'next'>): number {
  return compareText(a.value, b.value) || compareText(a.kind, b.kind)
}

/**
 * The last group whose text is not above `path`. Every group that `path` begins with is this one or down its `next`s,
 * longest first: texts between a beginning of `path` and `path` itself begin the same way.
 */
export function lastNotAbove<R>(groups: readonly PrefixGroup<R>[], path: string): PrefixGroup<R> | undefined {
  let low = 0
  let high = groups.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const group = groups[middle]
    if (group !== undefined && group.value <= path) low = middle + 1
    else high = middle
  }
  return low === 0 ? undefined : groups[low - 1]
}
