import type { Refusal } from '../../wire/h1/refusal.ts'
import { RequestReader } from '../../wire/h2/head/request-head.ts'
import { readTrailers } from '../../wire/h2/head/trailers.ts'
import type { HeaderList } from '../../wire/h2/hpack/header-list.ts'
import { beginExchange } from '../begin.ts'
import type { Client } from '../client.ts'
import type { ListenerSlot } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import { Forwarding } from '../forwarding.ts'
import { isTrusted } from '../listener-runtime.ts'

const unevenLength: Refusal = { reason: 'bad_framing', detail: 'content-length without a body' }

/** Begins the exchanges of one connection's requests. */
export class RequestIntake {
  readonly #slot: ListenerSlot
  readonly #client: Client
  readonly #trusted: boolean
  readonly #reader = new RequestReader()
  readonly #forwarding = new Forwarding()

  constructor(slot: ListenerSlot, client: Client) {
    this.#slot = slot
    this.#client = client
    this.#trusted = isTrusted(slot.runtime, client.peerAddress)
  }

  /**
   * Begins an exchange for a head. One that is refused begins all the same, so that it is answered, logged and counted like
   * any other; when the message is malformed, `list.fault` says so.
   */
  begin(
    exchange: Exchange,
    carrier: RequestSource & ResponseSink,
    list: HeaderList,
    how: 'ended' | 'open',
  ): Refusal | undefined {
    const { runtime } = this.#slot
    const { head } = exchange
    const policy = this.#trusted ? runtime.trustedPolicy : runtime.edgePolicy
    const refusal = this.#reader.read(list, policy, head) ?? unevenEnd(exchange, list, how)
    if (refusal !== undefined) {
      this.beginRefused(exchange, carrier)
      return refusal
    }
    this.#begin(exchange, carrier)
    this.#setUp(exchange, list, how)
    return undefined
  }

  /** Begins an exchange for what is no request. */
  beginRefused(exchange: Exchange, carrier: RequestSource & ResponseSink): void {
    exchange.head.blank()
    this.#begin(exchange, carrier)
    exchange.requestBody.begin('none', 0, this.#slot.runtime.spec.limits, 'request')
    exchange.requestComplete = true
  }

  /** The trailers of a request that may go on. */
  trailers(exchange: Exchange, list: HeaderList): string | Refusal {
    const { limits } = this.#slot.runtime.spec
    const lines = readTrailers(list, 'request', exchange.head.trailer)
    if (typeof lines !== 'string') return lines
    if (limits.trailers > 0 && list.fields.length > limits.trailers)
      return tooLarge(list.fields.length, 'bytes')
    const count = list.fields.split('\n', limits.trailerFields + 2).length - 1
    return limits.trailerFields > 0 && count > limits.trailerFields ? tooLarge(count, 'fields') : lines
  }

  #begin(exchange: Exchange, carrier: RequestSource & ResponseSink): void {
    exchange.source = carrier
    exchange.sink = carrier
    beginExchange(exchange, {
      listener: this.#slot.runtime,
      client: this.#client,
      trusted: this.#trusted,
      protocol: 'HTTP/2',
    })
  }

  #setUp(exchange: Exchange, list: HeaderList, how: 'ended' | 'open'): void {
    const { runtime } = this.#slot
    const { head, requestBody } = exchange
    const forwarding = this.#forwarding.fields(runtime, exchange, this.#trusted)
    exchange.fields = `${head.fields}${forwarding}x-request-id: ${exchange.requestId}\r\n`
    exchange.requestComplete = how === 'ended'
    requestBody.begin(how === 'ended' ? 'none' : 'close', 0, runtime.spec.limits, 'request')
    if (how === 'ended' || head.contentLength >= 0 || head.upgrade !== '') return
    // A body of unknown length: upstream it goes in chunks, and a client that expects a 100 waits with it.
    head.chunked = true
    head.expectContinue = /(?:^|\n)expect:/.test(list.fields)
  }
}

function unevenEnd(exchange: Exchange, list: HeaderList, how: 'ended' | 'open'): Refusal | undefined {
  if (how === 'open' || exchange.head.contentLength <= 0) return undefined
  list.blame('malformed', unevenLength.detail)
  return unevenLength
}

function tooLarge(count: number, what: string): Refusal {
  return { reason: 'trailers_too_large', detail: `${count} ${what} of trailers` }
}
