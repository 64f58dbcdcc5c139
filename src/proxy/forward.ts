import type { Reason } from '../model/reasons.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { Framing } from '../wire/h1/serialise.ts'
import { armPhase } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { UpstreamH1 } from './h1/upstream.ts'

/**
 * Starts one attempt: picks an endpoint, takes or opens a connection, and collects on it what is there of the request.
 * The caller flushes.
 *
 * @param repeatable the method may run twice: a connection may be used that has been idle for long.
 * @returns why there can be no attempt; `undefined` when it is under way or waits for a connection.
 */
export function startAttempt(exchange: Exchange, repeatable: boolean): Reason | undefined {
  const cluster = exchange.clusterRuntime
  if (cluster === undefined) return 'no_cluster'
  const endpoint = cluster.pick(exchange, exchange.tried)
  if (endpoint === undefined) return 'no_endpoints'
  const now = exchange.traffic.clock.now()
  const connection = endpoint.takeIdle(now, repeatable ? 'any' : 'fresh')
  if (connection instanceof UpstreamH1) {
    exchange.traffic.counters.upstreamReused(cluster.series)
    send(exchange, endpoint, connection, now)
    return undefined
  }
  if (cluster.mayConnect()) {
    send(exchange, endpoint, new UpstreamH1(endpoint, cluster, exchange.traffic.upstreamDeps), now)
    return undefined
  }
  if (!cluster.wait(exchange)) return 'cluster_pending'
  exchange.phase = 'waiting'
  if (exchange.waitUntil === 0) exchange.waitUntil = now + cluster.spec.connectTimeout
  armPhase(exchange, exchange.waitUntil - now)
  return undefined
}

function send(exchange: Exchange, endpoint: Endpoint, connection: UpstreamH1, now: number): void {
  exchange.attempts++
  exchange.waitUntil = 0
  exchange.attemptStarted = now
  exchange.endpointRuntime = endpoint
  exchange.connection = connection
  exchange.phase = 'sent'
  endpoint.begin(now)
  connection.attach(exchange)
  connection.sendHead(
    exchange.method,
    exchange.head.hasQuery ? `${exchange.upstreamPath}?${exchange.query}` : exchange.upstreamPath,
    upstreamHost(exchange, endpoint),
    exchange.head.expectContinue ? `${exchange.fields}expect: 100-continue\r\n` : exchange.fields,
    requestFraming(exchange),
  )
  for (const part of exchange.kept) connection.sendBody(part, 0, part.length, false)
  if (exchange.requestComplete) connection.sendEnd(exchange.requestTrailers)
  else exchange.source?.resumeBody()
  const runtime = exchange.runtime
  if (runtime !== undefined) armPhase(exchange, exchange.requestComplete ? runtime.perTryMs : runtime.idleMs)
}

/** How the length of the request goes upstream: as it came, or counted when it was collected first. */
function requestFraming(exchange: Exchange): Framing {
  const head = exchange.head
  if (exchange.runtime !== undefined && exchange.runtime.bufferBytes > 0 && head.chunked)
    return exchange.keptBytes
  if (head.chunked) return 'chunked'
  return head.contentLength >= 0 ? head.contentLength : 'none'
}

function upstreamHost(exchange: Exchange, endpoint: Endpoint): string {
  if (exchange.upstreamHost !== '') return exchange.upstreamHost
  const setting = exchange.clusterRuntime?.spec.host ?? 'pass'
  if (setting === 'pass') return exchange.authority
  return setting === 'endpoint' ? endpoint.authority : setting
}
