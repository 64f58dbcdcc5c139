import type { Ms } from '../std/units.ts'
import { armPhase } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { failAttempt, giveUp, resumeAttempts } from './retry.ts'
import { onTunnelTimeout } from './upgrade/leave-tunnel.ts'

/** What happens when one of an exchange's times is over. Deadlines are set by `armPhase` in `deadline.ts`. */
export function onTimeout(exchange: Exchange, now: Ms): void {
  const { upgrade } = exchange
  if (upgrade?.open === true) return onTunnelTimeout(exchange, upgrade, now)
  switch (exchange.phase) {
    case 'idle':
    case 'routing':
    case 'done':
      return
    case 'collecting':
      if (now >= exchange.totalAt) return giveUp(exchange, 'route_timeout', '')
      return giveUp(exchange, 'request_body_timeout', 'a filter waits for the body, which stands still')
    case 'waiting':
      if (now >= exchange.totalAt) return giveUp(exchange, 'route_timeout', '')
      if (exchange.waitUntil === 0) return resumeAttempts(exchange)
      return giveUp(exchange, 'cluster_pending', 'no connection came free in time')
    case 'sent':
      if (now >= exchange.totalAt) return giveUp(exchange, 'route_timeout', '')
      if (exchange.crossing?.isBehind(exchange) === false) return exchange.crossing.waitedLong(exchange)
      return failAttempt(exchange, 'response_timeout', 'no response head in time')
    case 'responding':
      if (now >= exchange.totalAt) return giveUp(exchange, 'route_timeout', '')
      if (exchange.downstreamFull)
        return armPhase(exchange, exchange.runtime?.idleMs ?? Number.POSITIVE_INFINITY)
      return failAttempt(exchange, 'response_timeout', 'the response stood still')
  }
}
