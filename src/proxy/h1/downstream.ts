import type { Socket } from 'node:net'
import type { Ms } from '../../std/units.ts'
import type { BodySink } from '../../wire/h1/body-decoder.ts'
import { HeadReader, needMore, refused } from '../../wire/h1/head-reader.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import { parseRequestHead } from '../../wire/h1/request-head.ts'
import type { Framing } from '../../wire/h1/serialise.ts'
import { beginExchange, type Carrier } from '../begin.ts'
import type { Connection, ConnectionOwner } from '../connection.ts'
import type { Downstream } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import { handle } from '../handle.ts'
import { isTrusted } from '../listener-runtime.ts'
import { type ReadBuffer, streamingFrom } from '../read-buffers.ts'
import { rescue } from '../rescue.ts'
import { drainedBytes, respond } from '../respond.ts'
import { clientGone, giveUp } from '../retry.ts'
import { uploadData, uploadEnd } from '../upload.ts'
import { BodyPace } from './body-pace.ts'
import { ConnectionTimer } from './connection-timer.ts'
import { Forwarding } from './forwarding.ts'
import { Output } from './output.ts'
import { ResponseWriter } from './response-writer.ts'
import { unsentBytes } from './unsent.ts'

/** How long a connection that we ended is read on, so that the answer is not lost to a reset. RFC 9112 §9.6. */
const lingerMs: Ms = 2000

/**
 * Where a connection is: reading a `head` or a `body`; `answering` a request that is complete; `draining` the rest of a
 * request that has its answer; `lingering` after our last byte.
 */
type State = 'head' | 'body' | 'answering' | 'draining' | 'lingering' | 'closed'

/** A client's HTTP/1.1 connection: bytes in, one exchange after the other, bytes out. */
export class DownstreamH1 implements Connection, Downstream, BodySink {
  readonly peerAddress: string
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #buffer: ReadBuffer
  readonly #output: Output
  readonly #writer: ResponseWriter
  readonly #reader: HeadReader
  readonly #timer: ConnectionTimer
  readonly #forwarding = new Forwarding()
  readonly #trusted: boolean
  readonly #closesAt: Ms
  #state: State = 'head'
  #exchange: Exchange | undefined = undefined
  #pace: BodyPace | undefined = undefined
  /** Bytes behind the request that is being answered; while there are any, nothing is read. */
  #held: Buffer | undefined = undefined
  #processing = false
  #borrowed = true
  #closing = false
  /** The client has sent its last byte. */
  #ended = false
  #requests = 0
  #unsent = 0

  constructor(owner: ConnectionOwner, socket: Socket, buffer: ReadBuffer, peerAddress: string) {
    const { traffic, slot } = owner
    const limits = slot.runtime.spec.limits
    this.peerAddress = peerAddress
    this.#owner = owner
    this.#socket = socket
    this.#buffer = buffer
    this.#output = new Output(socket)
    this.#writer = new ResponseWriter(this.#output)
    this.#reader = new HeadReader('request', { line: limits.requestLine, head: limits.head })
    this.#trusted = isTrusted(slot.runtime, peerAddress)
    const age = limits.connectionAge === 0 ? Number.POSITIVE_INFINITY : limits.connectionAge
    this.#closesAt = traffic.wheel.now + age * (0.9 + 0.2 * traffic.random())
    this.#timer = new ConnectionTimer(traffic.wheel, (now) => this.#onDeadline(now))
    this.#timer.set(limits.requestHeadTimeout)
  }

  get idle(): boolean {
    return this.#state === 'head' && this.#exchange === undefined && this.#reader.empty
  }

  close(): void {
    if (this.idle) this.#linger()
    else this.#closing = true
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Takes the bytes of one read; all are used up, copied or thrown away when it returns. */
  read(length: number): void {
    this.#process(this.#buffer.current, length, this.#buffer.borrowed)
  }

  sendInformational(status: number): void {
    if (this.#exchange?.head.version === 1) this.#writer.informational(status)
  }

  sendHead(status: number, reason: string, fields: string, framing: Framing, close: boolean): void {
    const head = this.#exchange?.head
    if (head === undefined) return
    const closing = close || this.#closing || this.#ended || !head.keepAlive || this.#isSpent()
    this.#closing = this.#writer.head(head.version, status, reason, fields, framing, closing)
  }

  sendData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    this.#writer.data(buffer, start, end, borrowed)
  }

  sendEnd(trailers: string): void {
    this.#writer.end(trailers)
  }

  flush(): Flushed {
    if (this.#state === 'closed') return 'sent'
    const flushed = this.#output.flush()
    if (flushed === 'full') this.#watchWrites()
    return flushed
  }

  abort(): void {
    if (this.#state !== 'closed') this.#socket.resetAndDestroy()
  }

  pauseBody(): void {
    if (this.#state !== 'body') return
    this.#pace?.pause(this.#owner.traffic.wheel.now)
    this.#socket.pause()
  }

  resumeBody(): void {
    if (this.#state !== 'body' || this.#pace?.paused !== true) return
    this.#pace.resume(this.#owner.traffic.wheel.now)
    this.#socket.resume()
  }

  finished(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    const rest = this.#state === 'body' ? restOf(exchange) : 0
    if (this.#state === 'closed' || this.#closing || rest > drainedBytes) {
      this.#release(exchange)
      return this.#linger()
    }
    if (this.#state !== 'body') return this.#next(exchange)
    if (this.#pace?.paused === true) this.#socket.resume()
    this.#state = 'draining'
    this.#timer.set(this.#owner.slot.runtime.spec.limits.bodyIdle)
  }

  onBodyData(buffer: Buffer, start: number, end: number): void {
    const exchange = this.#exchange
    if (this.#state !== 'body' || exchange === undefined) return
    this.#pace?.heard(this.#owner.traffic.wheel.now)
    if (exchange.requestBody.bytes > streamingFrom) this.#buffer.startStreaming()
    uploadData(exchange, buffer, start, end, this.#borrowed)
  }

  onBodyEnd(trailers: string): void {
    if (this.#state !== 'body' || this.#exchange === undefined) return
    this.#state = 'answering'
    this.#timer.clear()
    uploadEnd(this.#exchange, trailers)
  }

  onDrain(): void {
    this.#timer.clear()
    if (this.#state === 'head') this.#timer.set(this.#owner.slot.runtime.spec.limits.keepAliveIdle)
    else if (this.#state === 'lingering') this.#timer.set(lingerMs)
    else if (this.#state === 'body') this.#checkPace()
    this.#exchange?.onDownstreamDrained()
  }

  /** The client has sent its FIN: what it asked for is still answered, what it did not finish is not. */
  onEnd(): void {
    this.#ended = true
    switch (this.#state) {
      case 'head':
        if (this.#exchange === undefined && this.#held === undefined) this.#linger()
        return
      case 'body':
        if (this.#exchange !== undefined)
          giveUp(this.#exchange, 'bad_framing', 'the request ended before its body did')
        return
      case 'draining':
      case 'lingering':
        return this.destroy()
      case 'answering':
      case 'closed':
        return
    }
  }

  onClose(): void {
    this.#state = 'closed'
    this.#timer.dispose()
    this.#held = undefined
    if (this.#exchange !== undefined) clientGone(this.#exchange)
    if (this.#exchange !== undefined) this.#release(this.#exchange)
    this.#owner.onClosed(this)
  }

  #process(buffer: Buffer, end: number, borrowed: boolean): void {
    this.#processing = true
    this.#borrowed = borrowed
    let at = 0
    if (this.#exchange !== undefined) this.#exchange.reading = true
    while (at < end) at = this.#step(buffer, at, end)
    this.#processing = false
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.reading = false
    const flushed = exchange.connection?.flush()
    if (flushed === 'full') this.pauseBody()
    else if (flushed === 'held' && !borrowed) this.#buffer.rotate()
  }

  #step(buffer: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(buffer, at, end)
      case 'body':
      case 'draining':
        return this.#readBody(buffer, at, end)
      case 'answering':
        this.#held = Buffer.from(buffer.subarray(at, end))
        this.#socket.pause()
        return end
      case 'lingering':
      case 'closed':
        return end
    }
  }

  #readHead(buffer: Buffer, at: number, end: number): number {
    const first = this.#reader.empty
    const next = this.#reader.push(buffer, at, end)
    const limits = this.#owner.slot.runtime.spec.limits
    if (next === needMore) {
      if (first && !this.#reader.empty) this.#timer.set(limits.requestHeadTimeout)
      return end
    }
    const exchange = this.#owner.exchanges.take()
    this.#exchange = exchange
    this.#requests++
    this.#timer.clear()
    if (next === refused) {
      this.#refuse(exchange, this.#reader.refusal)
      return end
    }
    const refusal = this.#parse(exchange)
    if (refusal === undefined) this.#startBody(exchange)
    else this.#refuse(exchange, refusal)
    return next
  }

  #parse(exchange: Exchange): Refusal | undefined {
    const { runtime } = this.#owner.slot
    const policy = this.#trusted ? runtime.trustedPolicy : runtime.edgePolicy
    const refusal = parseRequestHead(this.#reader.text, policy, exchange.head)
    this.#reader.reset()
    return refusal
  }

  /** Begins an exchange: the body that follows is set up first, because the answer may be complete when `handle` returns. */
  #startBody(exchange: Exchange): void {
    const { traffic, slot } = this.#owner
    const { head, requestBody } = exchange
    const limits = slot.runtime.spec.limits
    beginExchange(exchange, this, this.#carrier())
    exchange.fields = `${head.fields}${this.#forwarding.fields(slot.runtime, head, this.peerAddress, this.#trusted)}x-request-id: ${exchange.requestId}\r\n`
    if (head.chunked) requestBody.begin('chunked', 0, limits, 'request', head.trailer)
    else requestBody.begin('length', Math.max(0, head.contentLength), limits, 'request')
    exchange.requestComplete = !head.chunked && head.contentLength <= 0
    if (exchange.requestComplete) {
      this.#state = 'answering'
      return handle(exchange)
    }
    this.#state = 'body'
    handle(exchange)
    if (this.#state !== 'body') return
    this.#pace = new BodyPace(limits, exchange.runtime?.streaming !== true, traffic.wheel.now)
    this.#checkPace()
  }

  #readBody(buffer: Buffer, at: number, end: number): number {
    const exchange = this.#exchange
    if (exchange === undefined) return end
    const draining = this.#state === 'draining'
    const next = exchange.requestBody.push(buffer, at, end, this)
    if (next < 0) {
      const refusal = exchange.requestBody.refusal
      this.#closing = true
      if (draining) this.#abandonRest(exchange)
      else giveUp(exchange, refusal?.reason ?? 'bad_chunk', refusal?.detail ?? '')
      return end
    }
    if (draining && exchange.requestBody.done) this.#next(exchange)
    else if (draining && exchange.requestBody.bytes > drainedBytes + exchange.head.contentLength)
      this.#abandonRest(exchange)
    return next
  }

  #refuse(exchange: Exchange, refusal: Refusal | undefined): void {
    const { slot } = this.#owner
    this.#state = 'answering'
    beginExchange(exchange, this, this.#carrier())
    exchange.requestBody.begin('none', 0, slot.runtime.spec.limits, 'request')
    exchange.requestComplete = true
    respond(exchange, rescue(refusal?.reason ?? 'bad_header', refusal?.detail ?? ''))
  }

  #carrier(): Carrier {
    return { listener: this.#owner.slot.runtime, peerAddress: this.peerAddress, trusted: this.#trusted }
  }

  #abandonRest(exchange: Exchange): void {
    this.#release(exchange)
    this.#linger()
  }

  /** The connection is ready for its next request, which may be here already. */
  #next(exchange: Exchange): void {
    this.#release(exchange)
    this.#state = 'head'
    const held = this.#held
    this.#timer.set(this.#owner.slot.runtime.spec.limits.keepAliveIdle)
    if (held === undefined) {
      if (this.#ended && !this.#processing) this.#linger()
      return
    }
    this.#held = undefined
    this.#socket.resume()
    this.#process(held, held.length, false)
  }

  #release(exchange: Exchange): void {
    this.#exchange = undefined
    this.#pace = undefined
    this.#buffer.stopStreaming(false)
    this.#owner.exchanges.give(exchange)
  }

  /** Sends our FIN and waits a moment for the client's, throwing away what still comes. */
  #linger(): void {
    if (this.#state === 'closed') return
    this.#state = 'lingering'
    this.#held = undefined
    this.#socket.end()
    if (this.#ended && this.#socket.writableLength === 0) return this.destroy()
    this.#socket.resume()
    this.#timer.set(lingerMs)
  }

  #isSpent(): boolean {
    const { traffic, slot } = this.#owner
    const most = slot.runtime.spec.limits.requestsPerConnection
    return traffic.draining || traffic.wheel.now >= this.#closesAt || (most > 0 && this.#requests >= most)
  }

  #onDeadline(now: Ms): void {
    if (this.#socket.writableLength > 0) return this.#checkWrites()
    switch (this.#state) {
      case 'head':
        return this.#reader.empty ? this.#linger() : this.#headTooLate()
      case 'body': {
        const exchange = this.#exchange
        const fault = this.#pace?.fault(now, exchange?.requestBody.bytes ?? 0)
        if (fault === undefined || exchange === undefined) return this.#checkPace()
        return giveUp(exchange, 'request_body_timeout', fault)
      }
      case 'draining':
      case 'lingering':
        return this.destroy()
      case 'answering':
      case 'closed':
        return
    }
  }

  #headTooLate(): void {
    const exchange = this.#owner.exchanges.take()
    this.#exchange = exchange
    this.#refuse(exchange, { reason: 'request_head_timeout', detail: 'the head is not complete' })
  }

  #checkPace(): void {
    const now = this.#owner.traffic.wheel.now
    if (this.#pace !== undefined) this.#timer.setAt(this.#pace.nextCheck(now))
  }

  #watchWrites(): void {
    this.#unsent = unsentBytes(this.#socket)
    this.#timer.set(this.#owner.slot.runtime.spec.limits.writeStall)
  }

  /** What we wrote still waits: a client that took some of it in the meantime may go on. */
  #checkWrites(): void {
    if (unsentBytes(this.#socket) < this.#unsent) return this.#watchWrites()
    if (this.#exchange !== undefined) giveUp(this.#exchange, 'write_stalled', 'the client does not read')
    this.#socket.resetAndDestroy()
  }
}

/** Bytes of the request that are still to come; `Infinity` when nobody knows, or the client waits to be asked for them. */
function restOf(exchange: Exchange): number {
  const head = exchange.head
  if (head.chunked || (head.expectContinue && exchange.requestBody.bytes === 0))
    return Number.POSITIVE_INFINITY
  return head.contentLength - exchange.requestBody.bytes
}
