import { isIdempotent } from '../http/methods.ts'
import type { Reason } from '../model/reasons.ts'
import type { RetryCondition } from '../model/route.ts'
import type { Ms } from '../std/units.ts'
import type { RetryReason } from '../telemetry/metric-facts.ts'
import type { RequestResult } from '../upstream/endpoint.ts'
import type { FailureReason } from './attempt.ts'
import { armPhase } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { finish } from './finish.ts'
import { startAttempt } from './forward.ts'
import { grpcCode } from './grpc/status.ts'
import { replies, rescue } from './rescue.ts'
import { respond } from './respond.ts'

/** Further attempts after connections that were never made: nothing was sent, so nothing can run twice. */
const connectRetries = 2

/** Sends a request upstream, or sends it again. */
export function runAttempts(exchange: Exchange): void {
  const failure = startAttempt(exchange, isIdempotent(exchange.method))
  if (failure !== undefined) return respond(exchange, rescue(failure, ''))
  if (!exchange.reading) exchange.connection?.flush()
}

/** Goes on after a back-off, or when a connection may have become free. */
export function resumeAttempts(exchange: Exchange): void {
  if (exchange.phase === 'waiting') runAttempts(exchange)
}

/** Breaks an attempt off from our side. */
export function failAttempt(exchange: Exchange, reason: FailureReason, detail: string): void {
  exchange.connection?.abandon()
  attemptFailed(exchange, reason, detail)
}

/** Ends an exchange from our side, whatever it is at. */
export function giveUp(exchange: Exchange, reason: Reason, detail: string): void {
  endAttempt(exchange, 'cancelled')
  respond(exchange, rescue(reason, detail))
}

/** An attempt has failed: another one if the rules allow it, else an answer. Hardening 4.1. */
export function attemptFailed(exchange: Exchange, reason: FailureReason, detail: string): void {
  const again = exchange.headSent ? 'no' : mayRetry(exchange, reason)
  const endpoint = exchange.endpointRuntime
  exchange.resetCode = exchange.connection?.resetCode ?? -1
  // An endpoint that is going away in good order is not at fault.
  endAttempt(exchange, reason === 'upstream_refused' ? 'cancelled' : 'failure')
  if (again === 'no') {
    const where = endpoint === undefined ? '' : `endpoint ${endpoint.key}: `
    return respond(exchange, rescue(reason, `${where}${detail} (attempt ${exchange.attempts})`))
  }
  tryAgain(exchange, again, isFree(again) ? 0 : backoff(exchange))
}

/** Whether a further attempt needs no configuring, because nothing can have happened, and so no waiting either. */
function isFree(again: Retrial): boolean {
  return again === 'reused' || again === 'unsent' || again === 'refused'
}

function tryAgain(exchange: Exchange, why: Retrial, delayMs: Ms): void {
  exchange.traffic.counters.retried(why === 'unsent' ? 'connect' : why)
  if (exchange.endpointRuntime !== undefined) exchange.tried.push(exchange.endpointRuntime)
  if (delayMs === 0) return runAttempts(exchange)
  exchange.phase = 'waiting'
  armPhase(exchange, delayMs)
}

/** The client has left: whatever is under way for it ends. */
export function clientGone(exchange: Exchange): void {
  if (exchange.phase === 'done') return
  endAttempt(exchange, 'cancelled')
  exchange.reason = 'client_closed'
  if (!exchange.headSent) exchange.status = replies.client_closed.status
  finish(exchange)
}

/** Breaks off what is under way upstream, and tells the endpoint how it went. */
export function endAttempt(exchange: Exchange, result: RequestResult): void {
  exchange.clusterRuntime?.cancelWait(exchange)
  exchange.connection?.abandon()
  if (exchange.upgrade?.open === true) settleTunnel(exchange)
  else settleAttempt(exchange, exchange.attemptStarted, result)
}

/** The endpoint did what an attempt asks of it when it agreed to the tunnel; how that ends says nothing of its health. */
export function settleTunnel(exchange: Exchange): void {
  settleAttempt(exchange, exchange.traffic.clock.now() - exchange.upstreamMs, 'success')
}

/**
 * Takes the connection from an exchange and tells the endpoint how the attempt went.
 *
 * @param startedAt what its latency is counted from.
 */
export function settleAttempt(exchange: Exchange, startedAt: Ms, result: RequestResult): void {
  const connection = exchange.connection
  if (connection === undefined) return
  exchange.connection = undefined
  exchange.connectMs = connection.connectMs
  exchange.endpointRuntime?.end(exchange.traffic.clock.now(), startedAt, result)
}

/** Whether a response with this status is given up for another attempt. */
export function retriesStatus(exchange: Exchange, status: number): boolean {
  const retry = exchange.runtime?.retry
  if (retry === undefined || retry.statuses.length === 0 || exchange.bodyGone) return false
  if (!retry.statuses.includes(status)) return false
  return isConfigured(exchange, 'status')
}

/** Whether a gRPC call that ended before its first message is made again. */
export function retriesGrpcStatus(exchange: Exchange): boolean {
  const { runtime, grpcStatus, bodyGone } = exchange
  if (runtime === undefined || grpcStatus <= 0 || bodyGone) return false
  if (exchange.connection?.responseEnded !== true || !runtime.retry.grpcStatuses.includes(grpcStatus))
    return false
  return isConfigured(exchange, 'grpc-status')
}

/** Gives a response up, whose head has come, for another attempt. */
export function retryStatus(exchange: Exchange, why: 'status' | 'grpc-status'): void {
  endAttempt(
    exchange,
    exchange.grpcStatus > 0 && exchange.grpcStatus !== grpcCode.unavailable ? 'success' : 'failure',
  )
  exchange.grpcStatus = -1
  tryAgain(exchange, why, backoff(exchange))
}

/** Why another attempt is made: nothing was sent, the connection had died in the pool, or the route asks for it. */
type Retrial = 'unsent' | RetryReason

function mayRetry(exchange: Exchange, reason: FailureReason): 'no' | Retrial {
  const connection = exchange.connection
  if (connection === undefined || exchange.bodyGone) return 'no'
  if (exchange.traffic.wheel.now >= exchange.totalAt) return 'no'
  const unsent = conditionOf(reason) === 'connect'
  if (unsent && exchange.attempts <= connectRetries) return 'unsent'
  if (reason === 'upstream_refused' && exchange.attempts <= connectRetries) return 'refused'
  const stale = reason === 'upstream_reset' && connection.reused && !connection.answered
  if (stale && exchange.attempts < 2 && (!connection.written || isIdempotent(exchange.method)))
    return 'reused'
  const condition = conditionOf(reason)
  return condition !== undefined && isConfigured(exchange, condition) ? condition : 'no'
}

function conditionOf(reason: FailureReason): RetryCondition | undefined {
  switch (reason) {
    case 'upstream_connect':
    case 'upstream_tls':
    case 'connect_timeout':
      return 'connect'
    case 'upstream_reset':
    case 'upstream_refused':
      return 'reset'
    case 'response_timeout':
      return 'timeout'
    case 'upstream_incomplete':
    case 'upstream_bad_response':
    case 'upstream_head_too_large':
      return undefined
  }
}

/** Whether the route asks for it, the count is not used up, and the cluster's budget pays. */
function isConfigured(exchange: Exchange, condition: RetryCondition): boolean {
  const retry = exchange.runtime?.retry
  const cluster = exchange.clusterRuntime
  if (retry === undefined || cluster === undefined) return false
  if (exchange.retries >= retry.attempts || !retry.on.includes(condition)) return false
  // Whoever lists codes of gRPC, whose calls are all POSTs, means POSTs.
  if (condition !== 'grpc-status' && !retry.methods.includes(exchange.method)) return false
  if (!cluster.tryRetry(retry.budget.percent, retry.budget.minimum)) {
    exchange.traffic.counters.retryBudgetExhausted(cluster.series)
    return false
  }
  exchange.retries++
  return true
}

/** Full jitter: anything up to base × 2ⁿ, at most the maximum, so that clients of one fault do not return together. */
function backoff(exchange: Exchange): number {
  const spread = exchange.runtime?.retry.backoff
  if (spread === undefined) return 0
  return exchange.traffic.random() * Math.min(spread.max, spread.base * 2 ** (exchange.retries - 1))
}
