import type { Origin } from '../model/origin.ts'
import type { RequestView } from '../model/request-view.ts'
import { type CompiledRoute, matchedPath, takesPath } from './compiled-route.ts'
import { describeRoute, type Mismatch, mismatchesOf } from './describe.ts'
import { type HostStep, hostSteps } from './explain-hosts.ts'
import { routesOf } from './host-entry.ts'
import { entryOf } from './host-table.ts'
import { type NearestRoute, nearestHost, nearestInHost } from './nearest.ts'
import { precedence } from './precedence.ts'
import { decide, type Miss, type RoutingTable } from './table.ts'

/** How a request found its route, or why it found none. JSON-able. */
export interface RoutingExplanation {
  readonly request: ExplainedRequest
  /** The look-ups in the host table, in order. */
  readonly hosts: readonly HostStep[]
  /** The pattern whose routes decide; `null` when there is none. */
  readonly owner: string | null
  /** The owner's routes, in the order they are asked. */
  readonly candidates: readonly Candidate[]
  /** Routes of the owner left out of `candidates`: of hosts with more than 100, those with another path. */
  readonly omitted: number
  /** Id of the route that takes the request. */
  readonly chosen: string | null
  /** What its path match took of the path. */
  readonly matchedPath: string | null
  readonly miss: Miss['reason'] | null
  /** For a miss; `null` when the table is empty. */
  readonly nearest: NearestRoute | null
  /** For a miss: a route of a less specific host that would take the request if its host were asked. */
  readonly shadowed: { readonly route: string; readonly host: string } | null
  readonly precedence: readonly string[]
}

export interface ExplainedRequest {
  readonly listener: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly client: string
}

/** One route the request was held against. */
export interface Candidate {
  /** Its place in the order, from 1. */
  readonly place: number
  readonly route: string
  readonly origin: Origin
  /** What it asks for, on one line. */
  readonly asks: string
  /** `not asked`: one before it took the request. */
  readonly result: 'chosen' | 'no match' | 'not asked'
  /** Why it does not match; empty for the chosen one, and for one not asked that would match. */
  readonly mismatches: readonly Mismatch[]
}

/** Most candidates listed. */
const most = 100

/** Follows a request through the table, as `decide` does, and says what happened at each step. */
export function explain<R>(table: RoutingTable<R>, view: RequestView): RoutingExplanation {
  const decision = decide(table, view)
  const hosts = hostSteps(table.hosts, view.host, view.listener)
  const owner = hosts.find((step) => step.result === 'owner')?.pattern
  const entry = owner === undefined ? undefined : entryOf(table.hosts, owner)
  const routes = entry === undefined ? [] : routesOf(entry)
  const chosen = decision.kind === 'route' ? decision : undefined
  const listed = listedRoutes(routes, view)
  const place = chosen === undefined ? Infinity : routes.indexOf(chosen) + 1
  return {
    request: explainedRequest(view),
    hosts,
    owner: owner ?? null,
    candidates: listed.map(([route, own]) => candidate(route, view, own, place)),
    omitted: routes.length - listed.length,
    chosen: chosen?.route.id ?? null,
    matchedPath: chosen === undefined ? null : matchedPath(chosen, view.path),
    miss: decision.kind === 'miss' ? decision.reason : null,
    nearest: chosen === undefined ? (nearestRoute(table, view, owner) ?? null) : null,
    shadowed: chosen === undefined ? shadowedRoute(table, view, hosts) : null,
    precedence,
  }
}

function explainedRequest({
  listener,
  method,
  host,
  path,
  query,
  clientAddress,
}: RequestView): ExplainedRequest {
  return { listener, method, host, path, query, client: clientAddress }
}

/** All routes with their places; of very many, those whose path fits. */
function listedRoutes<R>(
  routes: readonly CompiledRoute<R>[],
  view: RequestView,
): (readonly [CompiledRoute<R>, number])[] {
  const all = routes.map((route, i) => [route, i + 1] as const)
  if (all.length <= most) return all
  return all.filter(([route]) => takesPath(route, view.path)).slice(0, most)
}

function candidate<R>(route: CompiledRoute<R>, view: RequestView, place: number, chosen: number): Candidate {
  return {
    place,
    route: route.route.id,
    origin: route.route.origin,
    asks: describeRoute(route),
    result: place === chosen ? 'chosen' : place > chosen ? 'not asked' : 'no match',
    mismatches: mismatchesOf(route, view),
  }
}

function nearestRoute<R>(
  table: RoutingTable<R>,
  view: RequestView,
  owner: string | undefined,
): NearestRoute | undefined {
  return owner === undefined ? nearestHost(table.hosts, view) : nearestInHost(table.hosts, owner, view)
}

/** What would have happened had the owner not owned the request: the usual surprise with wildcard hosts. */
function shadowedRoute<R>(
  table: RoutingTable<R>,
  view: RequestView,
  hosts: readonly HostStep[],
): RoutingExplanation['shadowed'] {
  for (const { pattern, result } of hosts) {
    if (result !== 'not asked') continue
    const entry = entryOf(table.hosts, pattern)
    const route = entry && routesOf(entry).find((one) => mismatchesOf(one, view).length === 0)
    if (route !== undefined) return { route: route.route.id, host: pattern }
  }
  return null
}
