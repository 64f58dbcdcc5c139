import { askForBody } from '../body-start.ts'
import { armPhase, headWithin } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import { rescue } from '../rescue.ts'
import { respond } from '../respond.ts'
import { Crossing } from './crossing.ts'
import type { CarryOn, ExtensionStage } from './stage.ts'

/**
 * Takes a request into the extensions of its route. A client that waits with its body is told to go on: extensions begin with the head
 * and have no word for that.
 */
export function enterExtensions(exchange: Exchange, stage: ExtensionStage, carryOn: CarryOn): void {
  const { upgrade } = exchange
  if (upgrade !== undefined && stage.host.upgrades === undefined)
    return respond(exchange, rescue('extension_protocol', `an upgrade to "${exchange.head.upgrade}"`))
  if (exchange.isGrpc) return respond(exchange, rescue('extension_protocol', 'a gRPC call'))
  const crossing = new Crossing(exchange, stage, carryOn)
  exchange.crossing = crossing
  exchange.connection = crossing
  exchange.attemptStarted = exchange.traffic.clock.now()
  exchange.phase = 'sent'
  if (upgrade !== undefined) {
    armPhase(exchange, headWithin(exchange))
    if (!exchange.reading) crossing.flush()
    return
  }
  for (const part of exchange.kept) crossing.sendBody(part, 0, part.length)
  if (exchange.uploadComplete) crossing.sendEnd()
  else {
    askForBody(exchange)
    exchange.resumeUpload()
  }
  armPhase(exchange, exchange.uploadComplete ? headWithin(exchange) : idleMs(exchange))
  exchange.bodyGone = true
  if (exchange.kept.length > 0) exchange.kept.length = 0
  if (!exchange.reading) crossing.flush()
}

function idleMs({ runtime }: Exchange): number {
  return runtime?.idleMs ?? Number.POSITIVE_INFINITY
}
