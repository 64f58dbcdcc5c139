import { noChanges } from '../filters/authz/header-change.ts'
import type { Exchange } from './exchange.ts'

/**
 * Lets go of everything of the request that is over, so that the next one starts from nothing. Setting the length of an array
 * costs as much as ten other fields, and most are empty.
 */
export function clearExchange(exchange: Exchange): void {
  exchange.source = undefined
  exchange.sink = undefined
  exchange.listenerRuntime = undefined
  exchange.tls = undefined
  exchange.runtime = undefined
  exchange.clusterRuntime = undefined
  exchange.upgrade = undefined
  exchange.connection = undefined
  exchange.crossing = undefined
  exchange.endpointRuntime = undefined
  exchange.phase = 'idle'
  exchange.matchedPath = ''
  exchange.upstreamHost = ''
  exchange.fields = ''
  exchange.identity = undefined
  exchange.upstreamQuery = undefined
  exchange.responseFields = ''
  exchange.responseChanges = noChanges
  exchange.pending = undefined
  if (exchange.tried.length > 0) exchange.tried.length = 0
  exchange.attempts = 0
  exchange.retries = 0
  exchange.waitUntil = 0
  exchange.decoded = undefined
  exchange.requestComplete = false
  exchange.requestTrailers = ''
  if (exchange.kept.length > 0) exchange.kept.length = 0
  exchange.keptBytes = 0
  exchange.bodyWait = undefined
  exchange.bodyGone = false
  exchange.reading = false
  clearResponse(exchange)
}

function clearResponse(exchange: Exchange): void {
  exchange.encoded = undefined
  exchange.response.coder = undefined
  exchange.status = 0
  exchange.reason = undefined
  exchange.detail = ''
  exchange.headSent = false
  exchange.downstreamFull = false
  exchange.responseBytes = 0
  exchange.informational = 0
  exchange.continued = false
  exchange.upstreamMs = -1
  exchange.connectMs = 0
  exchange.isGrpc = false
  exchange.isCall = false
  exchange.grpcStatus = -1
  exchange.resetCode = -1
  exchange.totalAt = Number.POSITIVE_INFINITY
  exchange.phaseAt = Number.POSITIVE_INFINITY
  exchange.deadline = Number.POSITIVE_INFINITY
}
