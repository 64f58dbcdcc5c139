import type { Changes } from '../model/model.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Route } from '../model/route.ts'
import { compileRegex, type Regex } from '../std/regex.ts'
import type { Shared } from './check.ts'
import { type CompiledRoute, planRoute, type RoutePlan, takesPath } from './compiled-route.ts'
import { type HostEntry, hostEntry } from './host-entry.ts'
import { emptyHosts, entryOf, findHost, type HostTable, withEntries } from './host-table.ts'
import { emptyParts, type PartedMap, valueOf, withChanges } from './parted-map.ts'
import { findByPath, fits } from './path-index.ts'

export { type CompiledRoute, matchedPath } from './compiled-route.ts'

/** All routes, compiled; immutable. `R` is what the caller keeps with each route. */
export interface RoutingTable<R> {
  readonly hosts: HostTable<R>
  /** The routes that are in force, by id. */
  readonly routes: PartedMap<Route>
}

/** Why no route took a request: one of three constants. */
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
  if (host.index !== undefined) {
    const found = findByPath(host.index, view)
    return typeof found === 'object' ? found : found ? noMatch : noPath
  }
  let pathFits = false
  for (let route = host.first; route !== undefined; route = route.next) {
    if (!takesPath(route, view.path)) continue
    if (fits(route, view)) return route
    pathFits = true
  }
  return pathFits ? noMatch : noPath
}

/**
 * Compiles routes. The same routes give the same decisions, in whatever order they come.
 *
 * @param build makes what is kept with a route; called once for each.
 * @throws {RangeError} for a pattern or address block that validation should have refused.
 */
export function buildTable<R>(routes: readonly Route[], build: (route: Route) => R): RoutingTable<R> {
  return updateTable({ hosts: emptyHosts(), routes: emptyParts() }, { put: routes, removed: [] }, build)
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
  const changed = new Map<string, Route | undefined>(changes.removed.map((id) => [id, undefined]))
  for (const route of changes.put) changed.set(route.id, route)
  const gone = new Set<Route>()
  for (const id of changed.keys()) {
    const old = valueOf(table.routes, id)
    if (old !== undefined) gone.add(old)
  }
  const entries = new Map<string, HostEntry<R> | undefined>()
  for (const [pattern, added] of plansByHost(changed.values(), gone, build)) {
    const kept = entryOf(table.hosts, pattern)?.routes.filter(({ route }) => !gone.has(route)) ?? []
    const all = [...kept, ...added]
    entries.set(pattern, all.length === 0 ? undefined : hostEntry(pattern, all))
  }
  return { hosts: withEntries(table.hosts, entries), routes: withChanges(table.routes, changed) }
}

/** The new routes under each host that changes; a host that only loses routes has none. */
function plansByHost<R>(
  changed: Iterable<Route | undefined>,
  gone: Iterable<Route>,
  build: (route: Route) => R,
): ReadonlyMap<string, readonly RoutePlan<R>[]> {
  const shared = share()
  const plans = new Map<string, RoutePlan<R>[]>()
  for (const route of gone) for (const pattern of route.hosts) plans.set(pattern, [])
  for (const route of changed) {
    if (route === undefined) continue
    const plan = planRoute(route, build, shared)
    for (const pattern of new Set(route.hosts)) {
      const list = plans.get(pattern)
      if (list === undefined) plans.set(pattern, [plan])
      else list.push(plan)
    }
  }
  return plans
}

function share(): Shared {
  const regexes = new Map<string, Regex>()
  const texts = new Map<string, string>()
  return {
    regex: (pattern) => {
      const regex = regexes.get(pattern) ?? compileRegex(pattern)
      regexes.set(pattern, regex)
      return regex
    },
    text: (value) => {
      const known = texts.get(value)
      if (known === undefined) texts.set(value, value)
      return known ?? value
    },
  }
}
