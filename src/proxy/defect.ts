import type { Exchange } from './exchange.ts'
import { rescue } from './rescue.ts'
import { respond } from './respond.ts'
import { endAttempt } from './retry.ts'

/** A mistake of ours hit an exchange: it is told, the exchange ends with 500 or a reset, and nobody else notices. */
export function containDefect(exchange: Exchange, error: unknown): void {
  exchange.traffic.onDefect(error, exchange.requestId)
  if (exchange.phase === 'done' || exchange.phase === 'idle') return
  endAttempt(exchange, 'cancelled')
  respond(exchange, rescue('internal_error', ''))
}
