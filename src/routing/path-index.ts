import type { RequestView } from '../model/request-view.ts'
import { type CompiledRoute, endsSegment } from './compiled-route.ts'
import { compareText } from './precedence.ts'

/** The routes of a host with many, by path. */
export interface PathIndex<R> {
  readonly exact: ReadonlyMap<string, readonly CompiledRoute<R>[]>
  readonly regexes: readonly CompiledRoute<R>[]
  /** By text; at equal text `prefix` before `segments`. */
  readonly prefixes: readonly PrefixGroup<R>[]
}

/** The routes that begin with the same text. */
interface PrefixGroup<R> {
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
    const { pathKind: kind, pathValue: value } = route
    const sameGroup = before !== undefined && before.pathKind === kind && before.pathValue === value
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
  return { exact, regexes, prefixes: link(groups) }
}

/** Sorts the groups and gives each its `next`: `top` and its `next`s are the groups that the current text still begins with. */
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

/** The first route of the index that takes the request; else whether at least a path did. */
export function findByPath<R>(index: PathIndex<R>, view: RequestView): CompiledRoute<R> | boolean {
  const { path } = view
  const exact = index.exact.get(path)
  let pathFits = exact !== undefined
  if (exact !== undefined) {
    const route = firstFit(exact, view)
    if (route !== undefined) return route
  }
  for (const route of index.regexes) {
    if (route.pathRegex === undefined || !route.pathRegex.matches(path)) continue
    if (fits(route, view)) return route
    pathFits = true
  }
  for (let group = lastNotAbove(index.prefixes, path); group !== undefined; group = group.next) {
    if (!path.startsWith(group.value)) continue
    if (group.kind === 'segments' && !endsSegment(path, group.value.length)) continue
    const route = firstFit(group.routes, view)
    if (route !== undefined) return route
    pathFits = true
  }
  return pathFits
}

/**
 * The last group whose text is not above `path`. Every group that `path` begins with is this one or down its `next`s,
 * longest first: texts between a beginning of `path` and `path` itself begin the same way.
 */
function lastNotAbove<R>(groups: readonly PrefixGroup<R>[], path: string): PrefixGroup<R> | undefined {
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

function firstFit<R>(routes: readonly CompiledRoute<R>[], view: RequestView): CompiledRoute<R> | undefined {
  for (const route of routes) if (fits(route, view)) return route
  return undefined
}

/** Whether the request has all that the route asks for besides host and path. */
export function fits<R>(route: CompiledRoute<R>, view: RequestView): boolean {
  for (const check of route.checks) if (!check.holds(view)) return false
  return true
}
