import type { Ms } from '../std/units.ts'
import type { Exchange } from './exchange.ts'

/** How long the response head may take once the request is complete. Of a gRPC call, which may only stand still, if its route retries then. */
export function headWithin({ runtime, isCall }: Exchange): Ms {
  if (runtime === undefined) return Number.POSITIVE_INFINITY
  return isCall && !runtime.retry.on.includes('timeout') ? runtime.idleMs : runtime.perTryMs
}

/**
 * Sets when the present phase is over; the route's total time holds beside it.
 * Called for every piece of a body, so it reads the coarse clock and mostly costs an assignment.
 *
 * @param ms from now; `Infinity` is no limit.
 */
export function armPhase(exchange: Exchange, ms: Ms): void {
  const wheel = exchange.traffic.wheel
  exchange.phaseAt = wheel.now + ms
  wheel.arm(exchange, exchange.phaseAt < exchange.totalAt ? exchange.phaseAt : exchange.totalAt)
}
