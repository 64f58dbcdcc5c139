import type { Ms } from '../std/units.ts'
import type { Exchange } from './exchange.ts'

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
