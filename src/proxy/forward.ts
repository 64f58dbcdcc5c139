import type { Reason } from '../model/reasons.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { ConnectionNeed } from '../upstream/pool.ts'
import type { Framing } from '../wire/h1/serialise.ts'
import type { AttemptConnection } from './attempt.ts'
import { armPhase, headWithin } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { callFields } from './grpc/call.ts'
import { UpstreamH1 } from './h1/upstream.ts'
import { UpstreamH2 } from './h2/upstream.ts'
import type { UpstreamStream } from './h2/upstream-stream.ts'
import { proxiedBy, proxyHeaderFor } from './proxy-header.ts'

const noHeader = Buffer.alloc(0)

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
  exchange.attemptStarted = now
  const connection =
    cluster.spec.protocol === 'h2'
      ? takeStream(exchange, cluster, endpoint)
      : takeWhole(exchange, cluster, endpoint, repeatable ? 'any' : 'fresh')
  if (connection !== undefined) {
    send(exchange, cluster, endpoint, connection)
    return undefined
  }
  if (!cluster.wait(exchange)) return 'cluster_pending'
  exchange.phase = 'waiting'
  if (exchange.waitUntil === 0) exchange.waitUntil = now + cluster.spec.connectTimeout
  armPhase(exchange, exchange.waitUntil - now)
  return undefined
}

/** A connection for this request alone; `undefined` when it has to wait for one. */
function takeWhole(
  exchange: Exchange,
  cluster: Cluster,
  endpoint: Endpoint,
  need: ConnectionNeed,
): UpstreamH1 | undefined {
  const header = headerFor(exchange, cluster)
  const idle = header.length === 0 ? endpoint.takeIdle(exchange.attemptStarted, need) : undefined
  let connection: UpstreamH1
  if (idle instanceof UpstreamH1) {
    connection = idle
    exchange.traffic.counters.upstreamReused(cluster.series)
  } else {
    if (!cluster.mayConnect()) return undefined
    connection = new UpstreamH1(endpoint, cluster, exchange.traffic.upstreamDeps, header)
  }
  connection.attach(exchange)
  return connection
}

/** The PROXY header of a connection for this client; empty where the cluster wants none. */
function headerFor({ source }: Exchange, { spec }: Cluster): Buffer {
  if (spec.proxyProtocol === 'off' || source === undefined) return noHeader
  return proxyHeaderFor(spec.proxyProtocol, proxiedBy(source.wire))
}

/** A place on a connection that carries many requests; `undefined` when it has to wait for one. */
function takeStream(exchange: Exchange, cluster: Cluster, endpoint: Endpoint): UpstreamStream | undefined {
  const shared = endpoint.takeShared(exchange.attemptStarted)
  if (shared instanceof UpstreamH2) {
    exchange.traffic.counters.upstreamReused(cluster.series)
    return shared.attach(exchange)
  }
  if (!cluster.mayConnect()) return undefined
  return new UpstreamH2(endpoint, cluster, exchange.traffic.upstreamDeps).attach(exchange)
}

function send(exchange: Exchange, cluster: Cluster, endpoint: Endpoint, connection: AttemptConnection): void {
  exchange.attempts++
  exchange.waitUntil = 0
  exchange.endpointRuntime = endpoint
  exchange.connection = connection
  exchange.phase = 'sent'
  endpoint.begin(exchange.attemptStarted)
  connection.sendHead(
    exchange.method,
    upstreamTarget(exchange),
    upstreamHost(exchange, endpoint),
    cluster.spec.protocol === 'h2' ? http2Fields(exchange) : http1Fields(exchange),
    exchange.upgrade === undefined ? requestFraming(exchange) : 'tunnel',
  )
  if (exchange.upgrade !== undefined)
    return armPhase(exchange, exchange.runtime?.perTryMs ?? Number.POSITIVE_INFINITY)
  for (const part of exchange.kept) connection.sendBody(part, 0, part.length, false)
  if (exchange.uploadComplete) connection.sendEnd(exchange.requestTrailers)
  else exchange.resumeUpload()
  const runtime = exchange.runtime
  if (runtime !== undefined)
    armPhase(exchange, exchange.uploadComplete ? headWithin(exchange) : runtime.idleMs)
}

/** Path and query as they go upstream. */
export function upstreamTarget({ head, upstreamPath, upstreamQuery, query }: Exchange): string {
  if (upstreamQuery !== undefined)
    return upstreamQuery === '' ? upstreamPath : `${upstreamPath}?${upstreamQuery}`
  return head.hasQuery ? `${upstreamPath}?${query}` : upstreamPath
}

function http1Fields({ head, fields }: Exchange): string {
  return head.expectContinue ? `${fields}expect: 100-continue\r\n` : fields
}

/** The only thing that `TE` may say in HTTP/2 is that trailers are taken (RFC 9113 §8.2.2); gRPC asks for it. */
function http2Fields(exchange: Exchange): string {
  const fields = http1Fields(exchange)
  if (exchange.isGrpc) return `${callFields(exchange, fields, exchange.attemptStarted)}te: trailers\r\n`
  return exchange.head.acceptsTrailers ? `${fields}te: trailers\r\n` : fields
}

/** How the length of the request goes upstream: as it came, or counted when it was collected first. */
function requestFraming(exchange: Exchange): Framing {
  const { head, runtime } = exchange
  const isCollected = runtime !== undefined && runtime.bufferBytes > 0 && !exchange.isCall
  const isOpen = head.chunked || exchange.decoded !== undefined
  if (isCollected && isOpen) return exchange.keptBytes
  if (isOpen) return 'chunked'
  return head.contentLength >= 0 ? head.contentLength : 'none'
}

function upstreamHost(exchange: Exchange, endpoint: Endpoint): string {
  if (exchange.upstreamHost !== '') return exchange.upstreamHost
  const setting = exchange.clusterRuntime?.spec.host ?? 'pass'
  if (setting === 'pass') return exchange.authority
  return setting === 'endpoint' ? endpoint.authority : setting
}
