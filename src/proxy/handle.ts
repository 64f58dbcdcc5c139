import type { Filter, LateReply } from '../filters/filter.ts'
import type { BodyWish } from '../model/filters/body-wish.ts'
import type { LocalReply } from '../model/reply.ts'
import { choose } from '../names/choose.ts'
import { decide, matchedPath } from '../routing/table.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { RequestHead } from '../wire/h1/request-head.ts'
import { askForBody, awaitBody, bodyStart } from './body-start.ts'
import type { Exchange } from './exchange.ts'
import { enterExtensions } from './extension/enter.ts'
import { carriesCalls, recogniseGrpc } from './grpc/call.ts'
import { withoutTwins } from './own-names.ts'
import { rescue } from './rescue.ts'
import { respond } from './respond.ts'
import { runAttempts } from './retry.ts'
import type { RouteRuntime } from './route-runtime.ts'
import { askUpgrade } from './upgrade/ask-upgrade.ts'
import { bodyLimit } from './upload.ts'

/** The life of a request, once its head is read: what has been decided about it, in order. */
export function handle(exchange: Exchange): void {
  const own = answeredByUs(exchange.head)
  if (own !== undefined) return respond(exchange, own)

  if (isMisdirected(exchange)) return respond(exchange, rescue('misdirected_request', exchange.host))
  const refusal = exchange.method === 'POST' ? recogniseGrpc(exchange) : undefined
  if (refusal !== undefined) return respond(exchange, refusal)
  const decision = decide(exchange.traffic.snapshot.table, exchange)
  if (decision.kind === 'miss') {
    return respond(exchange, rescue(decision.reason, `${exchange.host}${exchange.path}`))
  }
  const runtime = decision.runtime
  exchange.runtime = runtime
  exchange.isCall = exchange.isGrpc && carriesCalls(runtime.target)
  if (!exchange.isCall) exchange.totalAt = Math.min(exchange.totalAt, exchange.started + runtime.totalMs)

  const limit = bodyLimit(exchange)
  if (limit > 0 && exchange.head.contentLength > limit) {
    return respond(exchange, rescue('body_too_large', `${exchange.head.contentLength} of ${limit} bytes`))
  }
  const unasked = exchange.head.upgrade === '' ? undefined : askUpgrade(exchange, runtime)
  if (unasked !== undefined) return respond(exchange, unasked)
  if (runtime.filters.length === 0 && runtime.extension === undefined) return dispatch(exchange, runtime)
  exchange.matchedPath = matchedPath(decision, exchange.path)
  keepOwnNames(exchange, runtime)
  runFilters(exchange, runtime, 0)
}

function keepOwnNames(exchange: Exchange, { ownNames }: RouteRuntime): void {
  if (ownNames.length > 0 && exchange.listenerRuntime?.spec.underscores === 'allow')
    exchange.fields = withoutTwins(exchange.fields, ownNames)
}

/** Whether another host's handshake would have asked or shown something else. RFC 9110 §15.5.20. */
function isMisdirected({ tls, listenerRuntime, host }: Exchange): boolean {
  return tls !== undefined && listenerRuntime?.tls?.isMisdirected(tls, host) === true
}

/** OPTIONS for the gateway itself, and requests that have gone far enough. RFC 9110 §7.6.2, §9.3.7. */
export function answeredByUs({
  method,
  form,
  maxForwards,
}: Pick<RequestHead, 'method' | 'form' | 'maxForwards'>): LocalReply | undefined {
  if (method !== 'OPTIONS') return undefined
  if (form !== 'asterisk' && maxForwards !== 0) return undefined
  return { ...rescue('options', ''), body: '' }
}

/** Runs the filters from `from` on; only a returned promise is waited for. */
function runFilters(exchange: Exchange, runtime: RouteRuntime, from: number): void {
  for (let i = from; i < runtime.filters.length; i++) {
    const filter = runtime.filters[i]
    const reply =
      filter?.body === undefined
        ? filter?.onRequest?.(exchange)
        : runWithBody(exchange, filter, filter.body, () => runFilters(exchange, runtime, i))
    if (reply === undefined) continue
    if (reply === 'waits') return
    if (reply instanceof Promise) return continueLater(exchange, runtime, reply, i + 1)
    return respond(exchange, reply)
  }
  if (runtime.extension === undefined) dispatch(exchange, runtime)
  else enterExtensions(exchange, runtime.extension, carryOn)
}

/** Runs the filters behind extensions. */
function carryOn(exchange: Exchange, behind: RouteRuntime): void {
  const unasked = exchange.head.upgrade === '' ? undefined : askUpgrade(exchange, behind)
  if (unasked !== undefined) return respond(exchange, unasked)
  keepOwnNames(exchange, behind)
  runFilters(exchange, behind, 0)
}

/** Runs a filter that wants to see the body; `waits` when not enough of that has come, and `again` is called then. */
function runWithBody(
  exchange: Exchange,
  { onRequest }: Filter,
  wish: BodyWish,
  again: () => void,
): 'waits' | ReturnType<NonNullable<Filter['onRequest']>> {
  const start = bodyStart(exchange, wish)
  if (start !== undefined) return 'bytes' in start ? onRequest?.(exchange, start) : start
  awaitBody(exchange, wish, again)
  return 'waits'
}

function continueLater(
  exchange: Exchange,
  runtime: RouteRuntime,
  pending: Promise<LateReply>,
  next: number,
): void {
  const { requestId, turn } = exchange
  // Not by the request id, which a client behind a trusted proxy may choose, and choose twice.
  const isCurrent = () => exchange.phase === 'routing' && exchange.turn === turn
  const goOn = async () => {
    const late = await pending
    if (!isCurrent()) return
    const reply = typeof late === 'function' ? late(exchange) : late
    if (reply === undefined) runFilters(exchange, runtime, next)
    else respond(exchange, reply)
  }
  goOn().catch((error: unknown) => {
    exchange.traffic.onDefect(error, requestId)
    if (isCurrent()) respond(exchange, rescue('internal_error', ''))
  })
}

/** Picks the cluster and sends the request there, or collects it first. */
function dispatch(exchange: Exchange, runtime: RouteRuntime): void {
  const target = runtime.target
  const choice = target.kind === 'leaf' ? target : choose(target, exchange.traffic.random, isAlive)
  if (choice.kind !== 'leaf') {
    return respond(exchange, rescue('no_cluster', `route "${runtime.id}" ends in ${choice.kind}`))
  }
  const cluster = choice.value
  exchange.clusterRuntime = cluster
  const refusal = cluster.admit()
  if (refusal !== undefined) return respond(exchange, rescue(refusal, `cluster "${cluster.id}"`))
  exchange.admitted = true
  const collects = runtime.bufferBytes > 0 && exchange.upgrade === undefined
  if (collects && !exchange.uploadComplete && !exchange.isCall) return collect(exchange)
  runAttempts(exchange)
}

function collect(exchange: Exchange): void {
  exchange.phase = 'collecting'
  askForBody(exchange)
  // It stood still if a filter in front took its time.
  exchange.resumeUpload()
}

function isAlive(cluster: Cluster): boolean {
  return cluster.alive()
}
