import type { BodySink, UpstreamEvents, UpstreamRequest } from '../../extend/call.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { Framing } from '../../wire/h1/serialise.ts'
import type { Wire } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import type { ExchangePool } from '../exchange-pool.ts'
import type { Flushed } from '../flushed.ts'
import { clientGone } from '../retry.ts'
import type { RouteRuntime } from '../route-runtime.ts'
import { beginBehind } from './begin-behind.ts'
import type { Crossing } from './crossing.ts'
import type { CarryOn } from './stage.ts'
import { UpstreamBody } from './upstream-body.ts'
import { readUpstreamHead } from './upstream-head.ts'

/** The client of an exchange behind extensions: they are. */
export class Behind implements RequestSource, ResponseSink {
  readonly wire: Wire
  readonly #body: UpstreamBody
  readonly #exchanges: ExchangePool
  readonly #events: UpstreamEvents
  #exchange: Exchange | undefined
  /** The extensions take no more of the response at the moment. */
  #isFull = false
  /** The response has ended, and the exchange is about to. */
  #isAnswered = false

  constructor(wire: Wire, exchanges: ExchangePool, events: UpstreamEvents) {
    this.wire = wire
    this.#exchanges = exchanges
    this.#events = events
    this.#exchange = exchanges.take()
    this.#body = new UpstreamBody(this, events)
  }

  /** `undefined` when it is over. */
  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  /** Where the extensions send the request's body. */
  get body(): BodySink {
    return this.#body
  }

  /** Makes an exchange of what the extensions ask. @returns what is wrong with it; there is no exchange then. */
  begin(crossing: Crossing, front: Exchange, request: UpstreamRequest): Refusal | undefined {
    const exchange = this.#exchange
    if (exchange === undefined) return undefined
    const refusal = readUpstreamHead(request, exchange.head, front.upgrade === undefined ? 'never' : 'may')
    if (refusal !== undefined) {
      this.finished()
      return refusal
    }
    exchange.crossing = crossing
    exchange.source = this
    exchange.sink = this
    beginBehind(exchange, front)
    // An upgrade is complete with its head, until there is a tunnel.
    this.#body.begin(exchange, exchange.head.upgrade === '' ? request.length : 0)
    return undefined
  }

  /** Sends it on its way. */
  start(runtime: RouteRuntime, carryOn: CarryOn): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.runtime = runtime
    try {
      carryOn(exchange, runtime)
    } catch (error) {
      exchange.onDefect(error)
    }
  }

  /** Nobody waits for the response any more. */
  cancel(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    if (!this.#isAnswered || exchange.upgrade?.open === true) clientGone(exchange)
  }

  /** The extensions take more of the response. */
  responseDrained(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#exchange?.onDownstreamDrained()
  }

  /** Extensions get final responses only. */
  sendInformational(): void {}

  sendHead(status: number, _reason: string, fields: string, framing: Framing): void {
    this.#events.head(status, fields, typeof framing === 'number' ? framing : status === 204 ? 0 : -1)
  }

  /** Copies, as the way there does: see `RequestBody`. */
  sendData(buffer: Buffer, start: number, end: number): void {
    const part = buffer.subarray(start, end)
    if (!this.#events.data(Buffer.from(part))) this.#isFull = true
  }

  /** Trailers do not go through extensions. */
  sendEnd(): void {
    this.#isAnswered = true
    this.#events.end()
  }

  flush(): Flushed {
    return this.#isFull ? 'full' : 'sent'
  }

  abort(): void {
    this.#isAnswered = true
    this.#events.abort()
  }

  pauseBody(): void {
    this.#body.pause()
  }

  resumeBody(): void {
    this.#body.resume()
  }

  openTunnel(): void {
    this.#body.openTunnel()
  }

  finished(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    this.#exchanges.give(exchange)
  }
}
