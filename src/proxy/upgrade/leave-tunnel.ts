import type { Reason } from '../../model/reasons.ts'
import type { Ms } from '../../std/units.ts'
import { armPhase } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import { giveUp } from '../retry.ts'
import { clientFrame, closePayload, endpointFrame, opcodes } from './frames.ts'
import type { Upgrade } from './upgrade.ts'

/** How long a client may take to answer our Close with its own. */
export const goodbyeMs: Ms = 5000

/** How long both sides may take to end once we have. */
const endMs: Ms = 1000

/** RFC 6455 §7.4.1. */
const goingAway = 1001

/**
 * Ends a tunnel from our side, politely: a websocket's client gets a Close 1001 between two frames of the endpoint, and what it
 * still sends, its own Close above all, goes on to the endpoint, which then ends. Bytes of other protocols just end.
 */
export function leaveTunnel(exchange: Exchange, upgrade: Upgrade, reason: Reason): void {
  if (upgrade.leaving !== 'no') return
  exchange.reason = reason
  exchange.detail = ''
  if (upgrade.down === undefined) return endTunnel(exchange, upgrade, goingAway)
  upgrade.leaving = 'due'
  limit(exchange, upgrade, goodbyeMs)
  if (!upgrade.down.atBoundary) return
  sayGoodbye(exchange, upgrade)
  exchange.onResponseTurn()
}

/** Tells the client, at a place between two frames, that this is the end. */
export function sayGoodbye(exchange: Exchange, upgrade: Upgrade): void {
  upgrade.leaving = 'said'
  if (upgrade.down?.closed !== true) send(exchange, endpointFrame(opcodes.close, closePayload(goingAway)))
}

/** Ends both directions, whatever is under way in them: with a Close where no frame is. */
export function endTunnel(exchange: Exchange, upgrade: Upgrade, code: number): void {
  const { up, down, leaving } = upgrade
  upgrade.leaving = 'ended'
  limit(exchange, upgrade, endMs)
  if (!upgrade.clientEnded) {
    if (up?.atBoundary === true && !up.closed) {
      const frame = clientFrame(opcodes.close, closePayload(code))
      exchange.connection?.sendBody(frame, 0, frame.length, false)
    }
    exchange.connection?.sendEnd('')
    exchange.connection?.flush()
  }
  if (upgrade.upstreamEnded) return
  if (leaving !== 'said' && down?.atBoundary === true && !down.closed)
    send(exchange, endpointFrame(opcodes.close, closePayload(code)))
  exchange.sink?.sendEnd('')
  exchange.sink?.flush()
}

/** One of the times of an open tunnel is over. */
export function onTunnelTimeout(exchange: Exchange, upgrade: Upgrade, now: Ms): void {
  const { rules } = upgrade
  if (upgrade.leaving === 'ended')
    return giveUp(exchange, exchange.reason ?? upgrade.endReason, exchange.detail)
  if (upgrade.leaving !== 'no') return endTunnel(exchange, upgrade, goingAway)
  if (now >= exchange.totalAt) return leaveTunnel(exchange, upgrade, upgrade.endReason)
  const quiet = now - upgrade.heardAt
  if (rules.idle > 0 && quiet >= rules.idle) return leaveTunnel(exchange, upgrade, 'tunnel_idle')
  if (rules.ping > 0 && quiet >= rules.ping) ping(exchange, upgrade)
  const untilIdle = rules.idle > 0 ? rules.idle - quiet : Number.POSITIVE_INFINITY
  armPhase(exchange, Math.min(untilIdle, upgrade.quietMs))
}

/** Asks both sides for a sign of life; they see each other's answers too, which RFC 6455 §5.5.3 lets them ignore. */
function ping(exchange: Exchange, { up, down }: Upgrade): void {
  if (up?.atBoundary === true && !up.closed) {
    const frame = clientFrame(opcodes.ping, noPayload)
    exchange.connection?.sendBody(frame, 0, frame.length, false)
    exchange.connection?.flush()
  }
  if (down?.atBoundary !== true || down.closed) return
  send(exchange, endpointFrame(opcodes.ping, noPayload))
  exchange.onResponseTurn()
}

const noPayload = Buffer.alloc(0)

function send(exchange: Exchange, frame: Buffer): void {
  exchange.sink?.sendData(frame, 0, frame.length, false)
}

/** Whatever passes, it lasts so long. */
function limit(exchange: Exchange, upgrade: Upgrade, ms: Ms): void {
  upgrade.quietMs = Number.POSITIVE_INFINITY
  exchange.totalAt = exchange.traffic.wheel.now + ms
  armPhase(exchange, ms)
}
