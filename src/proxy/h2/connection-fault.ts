import type { Refusal } from '../../wire/h1/refusal.ts'
import type { ConnectionOwner, Wire } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import { rescue } from '../rescue.ts'
import { respond } from '../respond.ts'
import type { RequestIntake } from './request-intake.ts'

/** Where the answer to no request goes. */
class Nowhere implements RequestSource, ResponseSink {
  readonly wire: Wire
  readonly #finished: () => void

  constructor(wire: Wire, finished: () => void) {
    this.wire = wire
    this.#finished = finished
  }

  finished(): void {
    this.#finished()
  }

  flush(): Flushed {
    return 'sent'
  }

  pauseBody(): void {}
  resumeBody(): void {}
  openTunnel(): void {}
  sendInformational(): void {}
  sendHead(): void {}
  sendData(): void {}
  sendEnd(): void {}
  abort(): void {}
}

/** Has a fault of a connection that no request tells of logged and counted, as HTTP/1.1 does with a head that it refuses. */
export function tellFault(owner: ConnectionOwner, wire: Wire, intake: RequestIntake, fault: Refusal): void {
  const exchange: Exchange = owner.exchanges.take()
  const nowhere = new Nowhere(wire, () => owner.exchanges.give(exchange))
  intake.beginRefused(exchange, nowhere)
  respond(exchange, rescue(fault.reason, fault.detail))
}
