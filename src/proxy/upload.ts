import { withoutFields } from '../http/field-block.ts'
import { replayBytes } from '../model/cluster.ts'
import type { Bytes, Ms } from '../std/units.ts'
import { armPhase, headWithin } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { keepPart } from './keep-part.ts'
import { giveUp, runAttempts } from './retry.ts'
import type { RouteRuntime } from './route-runtime.ts'
import { tunnelUp, tunnelUpEnd } from './upgrade/tunnel-bytes.ts'

/** A part of the request's body has come: it goes upstream, or is kept until it can. */
export function uploadData(
  exchange: Exchange,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  const { runtime, upgrade } = exchange
  if (exchange.phase === 'done' || runtime === undefined) return
  if (upgrade !== undefined) return tunnelUp(exchange, upgrade, buffer, start, end, borrowed)
  const limit = bodyLimit(exchange)
  if (limit > 0 && exchange.requestBody.bytes > limit) {
    return giveUp(exchange, 'body_too_large', `more than ${limit} bytes`)
  }
  if (exchange.decoded !== undefined) return exchange.decoded.data(buffer, start, end)
  forwardData(exchange, runtime, buffer, start, end, borrowed)
}

/** A part of the body as it goes upstream. The exchange is not over. */
export function forwardData(
  exchange: Exchange,
  runtime: RouteRuntime,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  keep(exchange, buffer, start, end, runtime.bufferBytes > 0 ? runtime.bufferBytes : replayBytes)
  if (exchange.phase === 'sent' || exchange.phase === 'responding') {
    exchange.connection?.sendBody(buffer, start, end, borrowed)
    armPhase(exchange, runtime.idleMs)
  } else if (exchange.phase === 'collecting') {
    collected(exchange, runtime.idleMs)
  } else if (exchange.bodyGone || exchange.keptBytes >= replayBytes) {
    exchange.source?.pauseBody()
  }
}

/** The request is complete. */
export function uploadEnd(exchange: Exchange, trailers: string): void {
  exchange.requestComplete = true
  const { runtime, upgrade } = exchange
  if (runtime === undefined || exchange.phase === 'done') return
  // Some servers read trailers like headers, and what filters say no client says there.
  exchange.requestTrailers = trailers === '' ? '' : withoutFields(trailers, runtime.ownNames)
  if (upgrade !== undefined) return tunnelUpEnd(exchange, upgrade)
  if (exchange.decoded === undefined) completeUpload(exchange)
  else exchange.decoded.end()
}

/** All of the body has come as it goes upstream. */
export function completeUpload(exchange: Exchange): void {
  if (exchange.phase === 'sent' || exchange.phase === 'responding') {
    exchange.connection?.sendEnd(exchange.requestTrailers)
    if (exchange.phase === 'sent') armPhase(exchange, headWithin(exchange))
  } else if (exchange.phase === 'collecting') {
    if (exchange.bodyWait === undefined) runAttempts(exchange)
    else exchange.bodyWait.resume()
  }
}

/** Goes on with a filter once it has as much of the body as it wants; the others wait for the whole. */
function collected(exchange: Exchange, idleMs: Ms): void {
  const { bodyWait } = exchange
  if (bodyWait === undefined) return
  if (exchange.keptBytes > bodyWait.most) bodyWait.resume()
  else armPhase(exchange, idleMs)
}

/** The limit that holds for this request's body in bytes; 0 is none. Of a call of gRPC only what its own route says. */
export function bodyLimit(exchange: Exchange): Bytes {
  const { runtime, listenerRuntime, isCall } = exchange
  if (isCall) return Math.max(runtime?.bodyLimit ?? 0, 0)
  return plainBodyLimit(runtime, listenerRuntime?.spec.limits.body ?? 0)
}

/** The same of a request that is no call, on a route. @param ofListener what its listener says. */
export function plainBodyLimit(
  runtime: Pick<RouteRuntime, 'bodyLimit' | 'bufferBytes'> | undefined,
  ofListener: Bytes,
): Bytes {
  const own = runtime?.bodyLimit ?? -1
  const limit = own >= 0 ? own : ofListener
  const buffered = runtime?.bufferBytes ?? 0
  if (buffered === 0) return limit
  return limit === 0 ? buffered : Math.min(limit, buffered)
}

/** Copies what another attempt would need, up to `most`; from then on there is no other attempt. */
function keep(exchange: Exchange, buffer: Buffer, start: number, end: number, most: Bytes): void {
  if (exchange.bodyGone) return
  const waiting = exchange.phase !== 'sent'
  if (!waiting && exchange.keptBytes + end - start > most) {
    exchange.bodyGone = true
    exchange.kept.length = 0
    return
  }
  keepPart(exchange, buffer, start, end)
}
