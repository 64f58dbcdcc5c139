import { DateText } from '../http/date.ts'
import { withoutField } from '../http/field-block.ts'
import { isBodiless } from '../http/status.ts'
import type { ResponseHead } from '../wire/h1/response-head.ts'
import type { Framing } from '../wire/h1/serialise.ts'
import { armPhase } from './deadline.ts'
import type { ResponseSink } from './downstream.ts'
import { EncodedResponse } from './encoded-response.ts'
import type { Exchange } from './exchange.ts'
import { filteredResponse } from './filtered-response.ts'
import { finish } from './finish.ts'
import type { Flushed } from './flushed.ts'
import { grpcCode, readGrpcStatus } from './grpc/status.ts'
import { drainedBytes, requestRest } from './respond.ts'
import { failAttempt, giveUp, retriesGrpcStatus, retriesStatus, retryStatus, settleAttempt } from './retry.ts'
import { opensTunnel, openTunnel } from './upgrade/open-tunnel.ts'
import { tunnelDown, tunnelDownEnd } from './upgrade/tunnel-bytes.ts'

/** 1xx responses of one exchange; hardening table 1.7. */
const mostInformational = 10

const date = new DateText()

/** Takes a response head from upstream and starts the response downstream. @returns whether what follows is wanted. */
export function relayHead(exchange: Exchange, head: ResponseHead): boolean {
  const { upgrade } = exchange
  if (upgrade !== undefined && opensTunnel(exchange, head))
    return openTunnel(exchange, upgrade, head, responseFields(exchange, head))
  if (head.status < 200) return relayInformational(exchange, head.status)
  if (retriesStatus(exchange, head.status)) {
    retryStatus(exchange, 'status')
    return false
  }
  if (exchange.isGrpc) {
    exchange.grpcStatus = readGrpcStatus(head.fields)
    if (retriesGrpcStatus(exchange)) {
      retryStatus(exchange, 'grpc-status')
      return false
    }
  }
  if (isTooLarge(exchange, head)) return false
  const traffic = exchange.traffic
  exchange.upstreamMs = traffic.clock.now() - exchange.attemptStarted
  exchange.connectMs = exchange.connection?.connectMs ?? 0
  exchange.status = head.status
  exchange.phase = 'responding'
  if (exchange.kept.length > 0) exchange.kept.length = 0
  exchange.bodyGone = true
  armPhase(exchange, exchange.runtime?.idleMs ?? Number.POSITIVE_INFINITY)
  const fields = responseFields(exchange, head)
  exchange.headSent = true
  const close = traffic.draining || requestRest(exchange) > drainedBytes
  encodedSink(exchange, head)?.sendHead(
    exchange.status,
    head.reason,
    fields,
    responseFraming(exchange, head),
    close,
  )
  return true
}

/** Gives a response up that says it is larger than its route allows. */
function isTooLarge(exchange: Exchange, { contentLength, status }: ResponseHead): boolean {
  const limit = exchange.runtime?.responseLimit ?? Number.POSITIVE_INFINITY
  if (contentLength <= limit || exchange.isCall || exchange.method === 'HEAD' || isBodiless(status))
    return false
  giveUp(exchange, 'response_too_large', `${contentLength} of ${limit} bytes`)
  return true
}

/** The client's own, or what compresses on the way there. */
function encodedSink(exchange: Exchange, head: ResponseHead): ResponseSink | undefined {
  const { coder } = exchange.response
  if (coder === undefined || exchange.sink === undefined || exchange.method === 'HEAD') return exchange.sink
  exchange.encoded = new EncodedResponse(exchange, exchange.sink, coder, head.contentLength)
  exchange.sink = exchange.encoded
  return exchange.sink
}

/** A 100 goes to a client that waits for it; others stay here. An unasked 101, or too many, is a broken response. */
function relayInformational(exchange: Exchange, status: number): boolean {
  if (status === 101) {
    failAttempt(exchange, 'upstream_bad_response', 'status 101 without an upgrade')
    return false
  }
  if (++exchange.informational > mostInformational) {
    failAttempt(exchange, 'upstream_bad_response', `more than ${mostInformational} informational responses`)
    return false
  }
  if (status === 100 && exchange.head.expectContinue && !exchange.continued && !exchange.requestComplete) {
    exchange.continued = true
    exchange.sink?.sendInformational(100)
  }
  return true
}

export function relayData(
  exchange: Exchange,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  const { upgrade } = exchange
  if (upgrade?.open === true) return tunnelDown(exchange, upgrade, buffer, start, end, borrowed)
  exchange.responseBytes += end - start
  const { runtime } = exchange
  if (runtime !== undefined && exchange.responseBytes > runtime.responseLimit && !exchange.isCall)
    return giveUp(exchange, 'response_too_large', `more than ${runtime.responseLimit} bytes`)
  armPhase(exchange, runtime?.idleMs ?? Number.POSITIVE_INFINITY)
  exchange.sink?.sendData(buffer, start, end, borrowed)
}

export function relayEnd(exchange: Exchange, trailers: string): Flushed {
  const { upgrade } = exchange
  if (upgrade?.open === true) return tunnelDownEnd(exchange, upgrade)
  const latencyFrom = exchange.traffic.clock.now() - exchange.upstreamMs
  if (exchange.isGrpc && exchange.grpcStatus < 0) exchange.grpcStatus = readGrpcStatus(trailers)
  const isFailure = isGatewayError(exchange.status) || exchange.grpcStatus === grpcCode.unavailable
  settleAttempt(exchange, latencyFrom, isFailure ? 'failure' : 'success')
  exchange.sink?.sendEnd(trailers)
  const flushed = exchange.sink?.flush() ?? 'sent'
  if (exchange.encoded?.holdsExchange !== true) finish(exchange)
  return flushed
}

/** What an endpoint says when it is itself in trouble; any other 5xx is an answer of its application. */
function isGatewayError(status: number): boolean {
  return status >= 502 && status <= 504
}

function responseFields(exchange: Exchange, head: ResponseHead): string {
  const listener = exchange.listenerRuntime
  let fields = head.fields
  if (listener !== undefined && listener.replacesServer) fields = withoutField(fields, 'server')
  if (listener !== undefined && listener.replacesHsts)
    fields = withoutField(fields, 'strict-transport-security')
  if (!head.hasDate) fields += `date: ${date.at(exchange.traffic.clock.wall())}\r\n`
  if (listener !== undefined) fields += listener.responseFields[exchange.scheme]
  const cluster = exchange.clusterRuntime
  if (cluster?.spec.sticky !== undefined && exchange.endpointRuntime !== undefined) {
    fields += cluster.stickyField(exchange.endpointRuntime, exchange)
  }
  const length = exchange.upgrade === undefined && !exchange.isGrpc ? head.contentLength : 0
  const filtered = filteredResponse(exchange, head.status, fields, length)
  if (filtered === undefined) return fields
  exchange.status = filtered.status
  return filtered.fields
}

/** A HEAD's length is told and not sent; what ends with the connection upstream gets chunks downstream. */
function responseFraming(exchange: Exchange, head: ResponseHead): Framing {
  // A call that fails in the middle gets its code in trailers, which would not fit a length.
  if (exchange.isGrpc) return 'close'
  if (exchange.response.coder !== undefined) return exchange.method === 'HEAD' ? 'none' : 'close'
  if (exchange.method === 'HEAD' || isBodiless(head.status)) {
    return head.contentLength >= 0 && head.status !== 204 ? head.contentLength : 'none'
  }
  return head.contentLength >= 0 && !head.chunked ? head.contentLength : 'close'
}
