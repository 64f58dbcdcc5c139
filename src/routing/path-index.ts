import type { RequestView } from '../model/request-view.ts'
import { type CompiledRoute, endsSegment, type RoutePlan } from './compiled-route.ts'
import { emptyParts, type PartedMap, valueOf, withChanges } from './parted-map.ts'
import { comparePaths } from './precedence.ts'
import {
  countBelow,
  lastNotAbove,
  longestBeginning,
  type PrefixGroup,
  type PrefixGroups,
  sortGroups,
  withGroup,
} from './prefix-groups.ts'

/** The routes of a host with many, by path. Of parts that a changed index shares with the one before. */
export interface PathIndex<R> {
  readonly exact: PartedMap<readonly CompiledRoute<R>[]>
  readonly regexes: readonly CompiledRoute<R>[]
  readonly prefixes: PrefixGroups<R>
}

/** @param sorted the routes of a host in order of precedence, which puts equal paths side by side. */
export function indexPaths<R>(sorted: readonly CompiledRoute<R>[]): PathIndex<R> {
  const exact = new Map<string, readonly CompiledRoute<R>[]>()
  const prefixes: PrefixGroup<R>[] = []
  let regexes: readonly CompiledRoute<R>[] = []
  for (const run of runs(sorted)) {
    const { pathKind: kind, pathValue: value } = run[0]
    if (kind === 'exact') exact.set(value, run)
    else if (kind === 'regex') regexes = run
    else prefixes.push({ value, kind, routes: run })
  }
  return { exact: withChanges(emptyParts(), exact), regexes, prefixes: sortGroups(prefixes) }
}

/** Splits the routes where the path changes. */
function* runs<R>(
  sorted: readonly CompiledRoute<R>[],
): Generator<readonly [CompiledRoute<R>, ...CompiledRoute<R>[]]> {
  let run: [CompiledRoute<R>, ...CompiledRoute<R>[]] | undefined
  for (const route of sorted) {
    if (run !== undefined && comparePaths(run[0], route) === 0) {
      run.push(route)
      continue
    }
    if (run !== undefined) yield run
    run = [route]
  }
  if (run !== undefined) yield run
}

/**
 * The index after a change of a few routes.
 *
 * @param sorted the routes as they are now, in order of precedence.
 * @param touched plans of the routes that were taken out or put in.
 */
export function changedIndex<R>(
  index: PathIndex<R>,
  sorted: readonly CompiledRoute<R>[],
  touched: readonly RoutePlan<unknown>[],
): PathIndex<R> {
  const exact = new Map<string, readonly CompiledRoute<R>[] | undefined>()
  let { regexes, prefixes } = index
  for (const plan of touched) {
    const { pathKind: kind, pathValue: value } = plan
    const start = countBelow(sorted, (route) => comparePaths(route, plan) < 0)
    const end = countBelow(sorted, (route) => comparePaths(route, plan) <= 0)
    const routes = sorted.slice(start, end)
    if (kind === 'exact') exact.set(value, start === end ? undefined : routes)
    else if (kind === 'regex') regexes = routes
    else prefixes = withGroup(prefixes, { value, kind, routes })
  }
  return { exact: withChanges(index.exact, exact), regexes, prefixes }
}

/** The first route of the index that takes the request; else whether at least a path did. */
export function findByPath<R>(index: PathIndex<R>, view: RequestView): CompiledRoute<R> | boolean {
  const { path } = view
  const exact = valueOf(index.exact, path)
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
  const { prefixes } = index
  let at = longestBeginning(prefixes, path, lastNotAbove(prefixes, path))
  for (let group = prefixes[at]; group !== undefined; group = prefixes[at]) {
    if (group.kind === 'prefix' || endsSegment(path, group.value.length)) {
      const route = firstFit(group.routes, view)
      if (route !== undefined) return route
      pathFits = true
    }
    at = longestBeginning(prefixes, path, at - 1)
  }
  return pathFits
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
