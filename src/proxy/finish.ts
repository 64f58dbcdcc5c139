import type { Exchange } from './exchange.ts'
import { assumedStatus } from './grpc/call.ts'

/** Ends an exchange: tells its outcome once, gives back what it held, and lets the stream go on. */
export function finish(exchange: Exchange): void {
  if (exchange.phase === 'done' || exchange.phase === 'idle') return
  const traffic = exchange.traffic
  exchange.phase = 'done'
  exchange.deadline = Number.POSITIVE_INFINITY
  exchange.pending?.stop()
  exchange.encoded?.stop()
  exchange.decoded?.stop()
  if (exchange.held !== undefined) giveBackHeld(exchange)
  exchange.durationMs = traffic.clock.now() - exchange.started
  exchange.requestBytes = exchange.requestBody.bytes
  if (exchange.upgrade?.open === true) {
    exchange.requestBytes = exchange.upgrade.bytesUp
    if (traffic.tunnels.delete(exchange)) traffic.counters.upgradeClosed()
  }
  if (exchange.isGrpc && exchange.grpcStatus < 0) exchange.grpcStatus = assumedStatus(exchange)
  if (exchange.admitted) {
    exchange.admitted = false
    for (; exchange.retries > 0; exchange.retries--) exchange.clusterRuntime?.retryEnded()
    exchange.clusterRuntime?.release()
  }
  if (exchange.crossing === undefined || exchange.crossing.ends(exchange) === 'told') {
    traffic.requests--
    traffic.observer.onEnd(exchange)
  }
  exchange.source?.finished()
}

function giveBackHeld(exchange: Exchange): void {
  for (let held = exchange.held; held !== undefined; held = held.next) held.giveBack()
  exchange.held = undefined
}
