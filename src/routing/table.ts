import type { Changes } from '../model/model.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Route } from '../model/route.ts'
import { compileRegex, type Regex } from '../std/regex.ts'
import { type CompiledRoute, compileRoute } from './compiled-route.ts'
import { type HostEntry, hostEntry } from './host-entry.ts'
import { entryOf, findHost, type HostTable, withEntries } from './host-table.ts'
import { lastNotAbove } from './path-index.ts'
import { emptyIndex, type RouteIndex, routeById, withRoutes } from './route-index.ts'

export { type CompiledRoute, matchedPath } from './compiled-route.ts'

/** All routes, compiled; immutable. `R` is what the caller keeps with each route. */
export interface RoutingTable<R> {
  readonly hosts: HostTable<R>
  readonly ids: RouteIndex<R>
}

/** Why no route took a request: one of three constants, compared by `reason`. */
export interface Miss {
  readonly kind: 'miss'
  readonly reason: 'no_route_host' | 'no_route_path' | 'no_route_match'
}

const noHost: Miss = Object.freeze({ kind: 'miss', reason: 'no_route_host' })
const noPath: Miss = Object.freeze({ kind: 'miss', reason: 'no_route_path' })
const noMatch: Miss = Object.freeze({ kind: 'miss', reason: 'no_route_match' })

/**
 * The route that takes a request, or why none does. Allocates nothing when host and path are plain text.
 *
 * The most specific host that has a route on the listener owns the request: when none of its routes fits, less specific
 * hosts are not asked. Among its routes the first that fits wins, in the order of `precedence.ts`.
 */
export function decide<R>(table: RoutingTable<R>, view: RequestView): CompiledRoute<R> | Miss {
  const host = findHost(table.hosts, view.host, view.listener)
  if (host === undefined) return noHost
  const { path } = view
  const exact = host.exact?.get(path)
  if (exact !== undefined) {
    const route = firstFit(exact, view)
    if (route !== undefined) return route
  }
  let pathFits = exact !== undefined
  for (const route of host.regexes) {
    if (route.path.regex === undefined || !route.path.regex.matches(path)) continue
    if (fits(route, view)) return route
    pathFits = true
  }
  for (let group = lastNotAbove(host.prefixes, path); group !== undefined; group = group.next) {
    const { value } = group
    if (!path.startsWith(value)) continue
    if (group.kind === 'segments' && path.length > value.length && path.charCodeAt(value.length) !== slash)
      continue
    const route = firstFit(group.routes, view)
    if (route !== undefined) return route
    pathFits = true
  }
  return pathFits ? noMatch : noPath
}

const slash = 47

function firstFit<R>(routes: readonly CompiledRoute<R>[], view: RequestView): CompiledRoute<R> | undefined {
  for (const route of routes) if (fits(route, view)) return route
  return undefined
}

function fits<R>(route: CompiledRoute<R>, view: RequestView): boolean {
  for (const check of route.checks) if (!check.holds(view)) return false
  return true
}

/**
 * Compiles routes. The same routes give the same decisions, in whatever order they come.
 *
 * @param build makes what is kept with a route; called once for each.
 * @throws {RangeError} for a pattern or address block that validation should have refused.
 */
export function buildTable<R>(routes: readonly Route[], build: (route: Route) => R): RoutingTable<R> {
  const hosts = {
    exact: new Map(),
    oneLabel: new Map(),
    anyDepth: new Map(),
    any: undefined,
    longestSuffix: 0,
  }
  return updateTable({ hosts, ids: emptyIndex() }, { put: routes, removed: [] }, build)
}

/**
 * The table with some routes put in (replacing those of the same id) and some removed. Only these are compiled, only their
 * hosts are indexed anew; everything else is shared with the old table, which stays valid.
 */
export function updateTable<R>(
  table: RoutingTable<R>,
  changes: Changes<Route>,
  build: (route: Route) => R,
): RoutingTable<R> {
  const regexOf = regexMemo()
  const put = new Map(changes.put.map((route) => [route.id, route]))
  const compiled = [...put.values()].map((route) => compileRoute(route, build, regexOf))
  const gone = new Set<CompiledRoute<R>>()
  const added = new Map<string, CompiledRoute<R>[]>()
  for (const id of [...changes.removed, ...put.keys()]) {
    const old = routeById(table.ids, id)
    if (old === undefined) continue
    gone.add(old)
    for (const pattern of old.route.hosts) added.set(pattern, [])
  }
  for (const route of compiled) {
    for (const pattern of new Set(route.route.hosts)) {
      const list = added.get(pattern)
      if (list === undefined) added.set(pattern, [route])
      else list.push(route)
    }
  }
  const entries = new Map<string, HostEntry<R> | undefined>()
  for (const [pattern, routes] of added) {
    const kept = entryOf(table.hosts, pattern)?.routes.filter((route) => !gone.has(route)) ?? []
    const all = kept.length === 0 ? routes : [...kept, ...routes]
    entries.set(pattern, all.length === 0 ? undefined : hostEntry(pattern, all))
  }
  return { hosts: withEntries(table.hosts, entries), ids: withRoutes(table.ids, changes.removed, compiled) }
}

/** Compiles equal patterns once for all the routes of one change. */
function regexMemo(): (pattern: string) => Regex {
  const compiled = new Map<string, Regex>()
  return (pattern) => {
    const regex = compiled.get(pattern) ?? compileRegex(pattern)
    compiled.set(pattern, regex)
    return regex
  }
}
