import type { Ms } from '../../std/units.ts'
import { HeadReader, needMore } from '../../wire/h1/head-reader.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import { parseRequestHead } from '../../wire/h1/request-head.ts'
import { beginExchange } from '../begin.ts'
import type { Client } from '../client.ts'
import type { ListenerSlot } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import { Forwarding } from '../forwarding.ts'
import { isTrusted } from '../listener-runtime.ts'
import type { ConnectionTimer } from './connection-timer.ts'

const tooLate: Refusal = { reason: 'request_head_timeout', detail: 'the head is not complete' }

/** As much of the preface of HTTP/2 as looks like a head. */
const http2Head = 'PRI * HTTP/2.0\r\n\r\n'

/** The arrival of the heads of one connection's requests, and what begins with each. */
export class HeadIntake {
  readonly #slot: ListenerSlot
  readonly #client: Client
  readonly #timer: ConnectionTimer
  readonly #trusted: boolean
  readonly #reader: HeadReader
  readonly #forwarding = new Forwarding()
  /** No head has come. */
  #fresh = true

  constructor(slot: ListenerSlot, client: Client, timer: ConnectionTimer) {
    const { limits } = slot.runtime.spec
    this.#slot = slot
    this.#client = client
    this.#timer = timer
    this.#trusted = isTrusted(slot.runtime, client.peerAddress)
    this.#reader = new HeadReader('request', { line: limits.requestLine, head: limits.head })
    this.expect(limits.requestHeadTimeout)
  }

  /** No byte of a head is here. */
  get empty(): boolean {
    return this.#reader.empty
  }

  /** What has come instead of the first head is the preface of HTTP/2, and the listener takes it. RFC 9113 §3.3. */
  get isHttp2(): boolean {
    const { spec } = this.#slot.runtime
    return this.#fresh && this.#reader.text === http2Head && spec.h2c === 'on' && spec.tls === undefined
  }

  /** Waits for the next head. */
  expect(timeoutMs: Ms): void {
    this.#timer.set(timeoutMs)
  }

  /** Takes bytes of a head; once it has begun, it has its own time. @returns what `HeadReader.push` returns. */
  push(buffer: Buffer, start: number, end: number): number {
    const first = this.#reader.empty
    const next = this.#reader.push(buffer, start, end)
    if (next !== needMore) this.#timer.clear()
    else if (first && !this.#reader.empty) this.#timer.set(this.#slot.runtime.spec.limits.requestHeadTimeout)
    return next
  }

  /**
   * Begins an exchange for the head that has been read, and sets its body up. One that is refused begins all the same, so
   * that it is answered, logged and counted like any other.
   */
  begin(exchange: Exchange, source: RequestSource, sink: ResponseSink): Refusal | undefined {
    const listener = this.#slot.runtime
    const { head, requestBody } = exchange
    const policy = this.#trusted ? listener.trustedPolicy : listener.edgePolicy
    const refusal = this.#reader.refusal ?? parseRequestHead(this.#reader.text, policy, head)
    this.#reader.reset()
    this.#fresh = false
    if (refusal !== undefined) return this.#beginRefused(exchange, source, sink, refusal)
    this.#begin(exchange, source, sink)
    const forwarding = this.#forwarding.fields(listener, exchange, this.#trusted)
    exchange.fields = `${head.fields}${forwarding}x-request-id: ${exchange.requestId}\r\n`
    const { limits } = listener.spec
    if (head.chunked) requestBody.begin('chunked', 0, limits, 'request', head.trailer)
    else requestBody.begin('length', Math.max(0, head.contentLength), limits, 'request')
    exchange.requestComplete = requestBody.done
    return undefined
  }

  /** Begins an exchange for a head that never came to its end. */
  beginLate(exchange: Exchange, source: RequestSource, sink: ResponseSink): Refusal {
    this.#reader.reset()
    return this.#beginRefused(exchange, source, sink, tooLate)
  }

  #beginRefused(exchange: Exchange, source: RequestSource, sink: ResponseSink, refusal: Refusal): Refusal {
    exchange.head.blank()
    this.#begin(exchange, source, sink)
    exchange.requestBody.begin('none', 0, this.#slot.runtime.spec.limits, 'request')
    exchange.requestComplete = true
    return refusal
  }

  #begin(exchange: Exchange, source: RequestSource, sink: ResponseSink): void {
    exchange.source = source
    exchange.sink = sink
    const listener = this.#slot.runtime
    beginExchange(exchange, {
      listener,
      client: this.#client,
      trusted: this.#trusted,
      protocol: exchange.head.version === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
    })
  }
}

/** What was read of HTTP/2, from its preface on. */
export function fromPreface(buffer: Buffer, start: number, end: number): Buffer {
  return Buffer.concat([Buffer.from(http2Head, 'latin1'), buffer.subarray(start, end)])
}
