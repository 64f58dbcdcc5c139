import type { ExplainQuery } from '../admin/admin-deps.ts'
import type { Listener } from '../model/listener.ts'
import type { Origin } from '../model/origin.ts'
import { type Reason, reasons } from '../model/reasons.ts'
import type { Route } from '../model/route.ts'
import { leavesOf } from '../names/leaves.ts'
import { type WalkStep, walkNameTree } from '../names/walk.ts'
import { answeredByUs } from '../proxy/handle.ts'
import { replies } from '../proxy/rescue.ts'
import { explain, type RoutingExplanation } from '../routing/explain.ts'
import { decide, matchedPath, type RoutingTable } from '../routing/table.ts'
import { type ExplainedFilter, explainFilters, type FilterChain } from './explain-filters.ts'
import { firstAnswer } from './explain-first.ts'
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
  /** In the order they run. */
  readonly filters: readonly ExplainedFilter[]
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
  const own = answeredByUs(read.head)
  if (own !== undefined)
    return nowhere({ outcome: answerText(own.reason), reason: own.reason, listener: chosen, tls, peer })
  const decision = decide(context.table, view)
  const routing = explain(context.table, view)
  const client = { peer, trusted, address: view.clientAddress }
  const common = { listener: chosen, tls, client, routing }
  if (decision.kind === 'miss') {
    const { reason } = decision
    return { routed: false, outcome: answerText(reason), reason, ...common, route: null }
  }
  const { filters, match } = decision.route
  const draft = { ...read.draft, matchedPath: matchedPath(decision, view.path) }
  const first = firstAnswer(read.head, decision.route, listener)
  const chain = explainFilters(filters, match.path, draft, first)
  const route = explainRoute(decision.route, chain, context)
  return { routed: true, ...outcomeOf(chain, route), ...common, route }
}

function nowhere(
  facts: Pick<Explanation, 'outcome' | 'reason' | 'listener' | 'tls'> & { readonly peer: string },
): Explanation {
  const { peer, ...rest } = facts
  const client = { peer, trusted: false, address: peer }
  return { routed: false, ...rest, client, routing: null, route: null }
}

function explainRoute(route: Route, { filters }: FilterChain, context: ExplainContext): ExplainedRoute {
  const isAlive = (id: string): boolean => hasEndpoints(context.cluster(id))
  return {
    id: route.id,
    origin: route.origin,
    filters,
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
  { reply, doubts }: FilterChain,
  { target }: ExplainedRoute,
): { outcome: string; reason: Reason | null } {
  const unless = doubts.length === 0 ? '' : `, unless answered by ${doubts.join(' or ')}`
  if (reply !== undefined) {
    const { status, reason, detail } = reply
    return { outcome: `${status} ${reason}: ${detail}${unless}`, reason }
  }
  const leaves = target.filter(({ kind, share }) => kind === 'leaf' && share > 0)
  if (leaves.length > 0) {
    return { outcome: `forwarded to ${leaves.map(({ name }) => name).join(' or ')}${unless}`, reason: null }
  }
  const reason = target.length === 1 && target[0]?.kind === 'leaf' ? 'no_endpoints' : 'no_cluster'
  return { outcome: `${answerText(reason)}${unless}`, reason }
}

/** `404 no_route_host: no route is for this host`. */
function answerText(reason: Reason): string {
  return `${replies[reason].status} ${reason}: ${reasons[reason].text}`
}
