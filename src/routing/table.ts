import type { Changes } from '../model/model.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Route } from '../model/route.ts'
import { compileRegex, type Regex } from '../std/regex.ts'
import type { Shared } from './check.ts'
import { type CompiledRoute, planRoute, type RoutePlan, takesPath } from './compiled-route.ts'
import { changedEntry, type HostChange, type HostEntry } from './host-entry.ts'
import { emptyHosts, entryOf, findHost, type HostTable, withEntries } from './host-table.ts'
import { emptyParts, type PartedMap, valueOf, withChanges } from './parted-map.ts'
import { findByPath, fits } from './path-index.ts'

export { type CompiledRoute, matchedPath } from './compiled-route.ts'

/** All routes, compiled; immutable. `R` is what the caller keeps with each route. */
export interface RoutingTable<R> {
  readonly hosts: HostTable<R>
  /** The routes that are in force, by id. */
  readonly plans: PartedMap<RoutePlan<R>>
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
  if (host.kind === 'group' && host.index !== undefined) {
    const found = findByPath(host.index, view)
    return typeof found === 'object' ? found : found ? noMatch : noPath
  }
  let pathFits = false
  for (let route = host.kind === 'route' ? host : host.first; route !== undefined; route = route.next) {
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
  return updateTable({ hosts: emptyHosts(), plans: emptyParts() }, { put: routes, removed: [] }, build)
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
  const plans = new Map<string, RoutePlan<R> | undefined>(changes.removed.map((id) => [id, undefined]))
  const shared = share()
  for (const route of changes.put) plans.set(route.id, planRoute(route, build, shared))
  const entries = new Map<string, HostEntry<R> | undefined>()
  for (const [pattern, change] of changesByHost(table, plans)) {
    entries.set(pattern, changedEntry(entryOf(table.hosts, pattern), change))
  }
  return { hosts: withEntries(table.hosts, entries), plans: withChanges(table.plans, plans) }
}

interface GrowingChange<R> extends HostChange<R> {
  readonly gone: RoutePlan<R>[]
  readonly added: RoutePlan<R>[]
}

function changesByHost<R>(
  table: RoutingTable<R>,
  plans: ReadonlyMap<string, RoutePlan<R> | undefined>,
): ReadonlyMap<string, HostChange<R>> {
  const changes = new Map<string, GrowingChange<R>>()
  const changeOf = (pattern: string) => {
    const change = changes.get(pattern) ?? { gone: [], added: [] }
    changes.set(pattern, change)
    return change
  }
  for (const [id, plan] of plans) {
    const old = valueOf(table.plans, id)
    for (const pattern of new Set(old?.route.hosts)) if (old !== undefined) changeOf(pattern).gone.push(old)
    for (const pattern of new Set(plan?.route.hosts))
      if (plan !== undefined) changeOf(pattern).added.push(plan)
  }
  return changes
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
