import type { Refusal } from '../../wire/h1/refusal.ts'
import { parseRequestHead } from '../../wire/h1/request-head.ts'
import { beginExchange } from '../begin.ts'
import type { ListenerSlot } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import { isTrusted, type ListenerRuntime } from '../listener-runtime.ts'
import { Forwarding } from './forwarding.ts'

/** Makes exchanges of the heads that one connection reads. */
export class ExchangeOpener {
  readonly #slot: ListenerSlot
  readonly #peerAddress: string
  readonly #trusted: boolean
  readonly #forwarding = new Forwarding()

  constructor(slot: ListenerSlot, peerAddress: string) {
    this.#slot = slot
    this.#peerAddress = peerAddress
    this.#trusted = isTrusted(slot.runtime, peerAddress)
  }

  /** Begins an exchange for a head and sets its body up; or refuses it, having begun it all the same. */
  open(exchange: Exchange, text: string, source: RequestSource, sink: ResponseSink): Refusal | undefined {
    const listener = this.#slot.runtime
    const { head, requestBody } = exchange
    const policy = this.#trusted ? listener.trustedPolicy : listener.edgePolicy
    const refusal = parseRequestHead(text, policy, head)
    if (refusal !== undefined) {
      this.openRefused(exchange, source, sink)
      return refusal
    }
    this.#begin(exchange, listener, source, sink)
    const forwarding = this.#forwarding.fields(listener, head, this.#peerAddress, this.#trusted)
    exchange.fields = `${head.fields}${forwarding}x-request-id: ${exchange.requestId}\r\n`
    const { limits } = listener.spec
    if (head.chunked) requestBody.begin('chunked', 0, limits, 'request', head.trailer)
    else requestBody.begin('length', Math.max(0, head.contentLength), limits, 'request')
    exchange.requestComplete = requestBody.done
    return undefined
  }

  /** Begins an exchange for what is no request, so that the refusal is answered, logged and counted like any other. */
  openRefused(exchange: Exchange, source: RequestSource, sink: ResponseSink): void {
    const listener = this.#slot.runtime
    exchange.head.blank()
    this.#begin(exchange, listener, source, sink)
    exchange.requestBody.begin('none', 0, listener.spec.limits, 'request')
    exchange.requestComplete = true
  }

  #begin(exchange: Exchange, listener: ListenerRuntime, source: RequestSource, sink: ResponseSink): void {
    exchange.source = source
    exchange.sink = sink
    beginExchange(exchange, { listener, peerAddress: this.#peerAddress, trusted: this.#trusted })
  }
}
