import type { ExplainQuery } from '../admin/admin-deps.ts'
import { buildFilter } from '../filters/build.ts'
import { isRedirected, type PlainRequest } from '../filters/https-redirect.ts'
import type { FilterServices } from '../filters/services.ts'
import type { Listener } from '../model/listener.ts'
import type { Origin } from '../model/origin.ts'
import { type Reason, reasons } from '../model/reasons.ts'
import type { Route } from '../model/route.ts'
import { leavesOf } from '../names/leaves.ts'
import { type WalkStep, walkNameTree } from '../names/walk.ts'
import { replies } from '../proxy/rescue.ts'
import { explain, type RoutingExplanation } from '../routing/explain.ts'
import { decide, type RoutingTable } from '../routing/table.ts'
import { systemClock } from '../std/clock.ts'
import { type ChosenListener, chooseListener } from './explain-listener.ts'
import { readRequest, usualClient } from './explain-request.ts'
import { type ExplainedTls, explainTls, isMisdirected } from './explain-tls.ts'
import { urlParts } from './explain-url.ts'

export type ExplainRequest = ExplainQuery

/** The whole chain of decisions for a request. JSON-able. */
export interface Explanation {
  /** A route takes the request. */
  readonly routed: boolean
  /** What would come of it, as a sentence. */
  readonly outcome: string
  /** Why the gateway answers itself; `null` when the request goes to an endpoint. */
  readonly reason: Reason | null
  /** `null` when there is no listener of that name. */
  readonly listener: ChosenListener | null
  /** `null` on a plain listener. */
  readonly tls: ExplainedTls | null
  readonly client: { readonly peer: string; readonly trusted: boolean; readonly address: string }
  /** `null` when the request is refused before routing. */
  readonly routing: RoutingExplanation | null
  readonly route: ExplainedRoute | null
}

/** The route that takes the request, and what it does with it. */
export interface ExplainedRoute {
  readonly id: string
  readonly origin: Origin
  readonly filters: readonly { readonly kind: string; readonly summary: string }[]
  /** Where it leads, from the root of its tree down; empty when its filters always answer. */
  readonly target: readonly WalkStep[]
  /** The clusters of the tree, in the order of its leaves. */
  readonly clusters: readonly ExplainedCluster[]
}

export interface ExplainedCluster {
  readonly id: string
  readonly balance: string
  /** `null` when membership is static. */
  readonly dns: string | null
  readonly endpoints: readonly ExplainedEndpoint[]
}

export interface ExplainedEndpoint {
  readonly key: string
  readonly weight: number
  readonly priority: number
  /** `unknown` when no gateway runs. */
  readonly state: string
  readonly cause: string
}

/** What a request is held against: a file's model, or what a traffic process runs. */
export interface ExplainContext {
  readonly listeners: readonly Listener[]
  readonly table: RoutingTable<unknown>
  cluster(id: string): ExplainedCluster | undefined
}

/** Follows a request through the gateway without making it. */
export function explainRequest(query: ExplainQuery, context: ExplainContext): Explanation {
  const peer = query.from ?? usualClient
  const found = chooseListener(query, context.listeners)
  if (found.kind === 'none')
    return nowhere({ outcome: found.why, reason: null, listener: null, tls: null, peer })
  const { listener, chosen } = found
  const { authority } = urlParts(query.url)
  const tls = explainTls(listener, authority) ?? null
  if (tls?.treatment === 'refused') {
    const outcome = `no handshake: ${reasons.tls_unknown_name.text}`
    return nowhere({ outcome, reason: 'tls_unknown_name', listener: chosen, tls, peer })
  }
  if (tls?.treatment === 'passed through') {
    const outcome = `handed on unread to ${tls.clusters.join(' or ')}`
    return { ...nowhere({ outcome, reason: null, listener: chosen, tls, peer }), routed: true }
  }
  const read = readRequest(query, listener)
  if (read.kind === 'refused') {
    const { reason, detail } = read.refusal
    const outcome = `${answerText(reason)}, refused before routing: ${detail}`
    return nowhere({ outcome, reason, listener: chosen, tls, peer })
  }
  const { view, trusted } = read
  if (isMisdirected(listener, authority, view.host)) {
    const outcome = answerText('misdirected_request')
    return nowhere({ outcome, reason: 'misdirected_request', listener: chosen, tls, peer })
  }
  const decision = decide(context.table, view)
  const routing = explain(context.table, view)
  const client = { peer, trusted, address: view.clientAddress }
  const common = { listener: chosen, tls, client, routing }
  if (decision.kind === 'miss') {
    const { reason } = decision
    return { routed: false, outcome: answerText(reason), reason, ...common, route: null }
  }
  const route = explainRoute(decision.route, context)
  const scheme = listener.tls === undefined ? 'http' : 'https'
  const { forwardedProto } = read
  const asked: PlainRequest = { scheme, forwardedProto, host: view.host, path: view.path }
  return {
    routed: true,
    ...outcomeOf(decision.route, route, asked),
    ...common,
    route,
  }
}

function nowhere(
  facts: Pick<Explanation, 'outcome' | 'reason' | 'listener' | 'tls'> & { readonly peer: string },
): Explanation {
  const { peer, ...rest } = facts
  const client = { peer, trusted: false, address: peer }
  return { routed: false, ...rest, client, routing: null, route: null }
}

/** Filters are described here, and never run. */
const described: FilterServices = { clock: systemClock, random: () => 0 }

function explainRoute(route: Route, context: ExplainContext): ExplainedRoute {
  const isAlive = (id: string): boolean => hasEndpoints(context.cluster(id))
  return {
    id: route.id,
    origin: route.origin,
    filters: route.filters.map((spec) => {
      const { kind, summary } = buildFilter(spec, route.match.path, described)
      return { kind, summary }
    }),
    target: answersItself(route) ? [] : walkNameTree(route.target, (id) => id, isAlive),
    clusters: leavesOf(route.target).flatMap((id) => context.cluster(id) ?? []),
  }
}

/** Members that DNS will find count as there: when no gateway runs, nobody has looked. */
function hasEndpoints(cluster: ExplainedCluster | undefined): boolean {
  return cluster !== undefined && (cluster.endpoints.length > 0 || cluster.dns !== null)
}

function answersItself(route: Route): boolean {
  return route.filters.some(({ kind }) => kind === 'redirect' || kind === 'respond' || kind === 'refuse')
}

function outcomeOf(
  route: Route,
  { target }: ExplainedRoute,
  asked: PlainRequest,
): { outcome: string; reason: Reason | null } {
  for (const spec of route.filters) {
    if (spec.kind === 'redirect')
      return { outcome: `${spec.redirect.status}: a redirect`, reason: 'redirect' }
    if (spec.kind === 'respond') {
      return { outcome: `${spec.respond.status}: a fixed response`, reason: 'fixed_response' }
    }
    if (spec.kind === 'refuse')
      return { outcome: `${answerText(spec.reason)}: ${spec.why}`, reason: spec.reason }
    if (spec.kind === 'httpsRedirect' && isRedirected(spec, asked))
      return { outcome: `${spec.status}: a redirect to https`, reason: 'redirect' }
  }
  const leaves = target.filter(({ kind, share }) => kind === 'leaf' && share > 0)
  if (leaves.length > 0)
    return { outcome: `forwarded to ${leaves.map(({ name }) => name).join(' or ')}`, reason: null }
  const reason = target.length === 1 && target[0]?.kind === 'leaf' ? 'no_endpoints' : 'no_cluster'
  return { outcome: answerText(reason), reason }
}

/** `404 no_route_host: no route is for this host`. */
function answerText(reason: Reason): string {
  return `${replies[reason].status} ${reason}: ${reasons[reason].text}`
}
