import { withoutField } from '../../http/field-block.ts'
import type { Timed } from '../../std/timer-wheel.ts'
import type { Bytes, Ms } from '../../std/units.ts'
import type { BodySink } from '../../wire/h1/body-decoder.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { Framing } from '../../wire/h1/serialise.ts'
import { errorCode } from '../../wire/h2/protocol.ts'
import type { H2Session } from '../../wire/h2/session.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'
import type { Wire } from '../connection.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import { BodyPace } from '../h1/body-pace.ts'
import { handle } from '../handle.ts'
import { rescue } from '../rescue.ts'
import { respond } from '../respond.ts'
import { clientGone, giveUp } from '../retry.ts'
import type { Traffic } from '../traffic.ts'
import { uploadData, uploadEnd } from '../upload.ts'
import { StallWatch } from './stall-watch.ts'

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly traffic: Traffic
  readonly session: H2Session<ClientStream>
  readonly wire: Wire
  /** How long a client may take nothing; 0 is no limit. */
  readonly writeStall: Ms
  /** The output leaves at the end of the turn; or at once, when bytes that others want to use again are among it. */
  leaveSoon(): void
  /** How much waits for the client on all streams, and in the socket. */
  held(stream: ClientStream): Flushed
  /** The exchange has something to send upstream at the end of the read. */
  touch(stream: ClientStream): void
  /** The exchange is over. */
  giveBack(exchange: Exchange): void
}

/** One request of a client's HTTP/2 connection, and the way back of its response. */
export class ClientStream implements RequestSource, ResponseSink, BodySink, Timed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  /** In the list of those that are flushed at the end of the read. */
  touched = false
  /** Told that it holds too much, and not yet that it may go on. */
  full = false
  exchange: Exchange | undefined
  readonly stream: H2Stream<ClientStream>
  readonly #host: StreamHost
  #pace: BodyPace | undefined = undefined
  /** Once something of the response has waited. */
  #stall: StallWatch | undefined = undefined
  /** The body is held up: bytes that were taken meanwhile are given back when it goes on. */
  #paused = false
  #withheld: Bytes = 0
  /** The request is malformed: instead of an answer there is a reset. RFC 9113 §8.1.1. */
  #malformed = false
  #abortCode: number = errorCode.internalError

  constructor(host: StreamHost, stream: H2Stream<ClientStream>, exchange: Exchange) {
    this.#host = host
    this.stream = stream
    this.exchange = exchange
  }

  get wire(): Wire {
    return this.#host.wire
  }

  /** Answers a request that was refused as its head was read. */
  refuse(exchange: Exchange, refusal: Refusal, answer: 'reset' | 'response'): void {
    this.#malformed = answer === 'reset'
    respond(exchange, rescue(refusal.reason, refusal.detail))
  }

  /** Begins the way of the request. */
  start(exchange: Exchange): void {
    const { head } = exchange
    if (!exchange.requestComplete && head.contentLength >= 0)
      this.#host.session.expect(this.stream, head.contentLength)
    handle(exchange)
    const limits = exchange.listenerRuntime?.spec.limits
    if (this.exchange !== exchange || exchange.requestComplete || limits === undefined) return
    // A call of gRPC and a tunnel may be silent as long as their exchange lets them.
    if (exchange.isCall || exchange.upgrade !== undefined) return
    this.#pace = new BodyPace(limits, exchange.runtime?.streaming !== true, this.#host.traffic.wheel.now)
    this.#watch()
  }

  /** Takes bytes of the body; they are overwritten after the read. */
  take(buffer: Buffer, start: number, end: number): void {
    const { exchange, stream } = this
    const { session } = this.#host
    if (exchange === undefined) return session.credit(stream, end - start)
    this.#host.touch(this)
    this.#pace?.heard(this.#host.traffic.wheel.now)
    exchange.requestBody.push(buffer, start, end, this)
    if (this.#paused) this.#withheld += end - start
    else session.credit(stream, end - start)
  }

  onBodyData(buffer: Buffer, start: number, end: number): void {
    if (this.exchange !== undefined) uploadData(this.exchange, buffer, start, end, true)
  }

  onBodyEnd(): void {}

  /** The request is complete. */
  end(trailers: string): void {
    const { exchange } = this
    if (exchange === undefined) return
    this.#host.touch(this)
    this.#pace = undefined
    uploadEnd(exchange, trailers)
  }

  /** The request cannot go on; its stream is reset, unless an answer can still be given. */
  fail(refusal: Refusal, answer: 'reset' | 'response'): void {
    if (this.exchange === undefined) return
    this.#malformed = answer === 'reset'
    if (this.#malformed) this.#abortCode = errorCode.protocolError
    giveUp(this.exchange, refusal.reason, refusal.detail)
  }

  /** The client has given the request up, or is gone. */
  gone(): void {
    if (this.exchange !== undefined) clientGone(this.exchange)
  }

  sendInformational(status: number): void {
    this.#host.session.sendResponse(this.stream, status, '')
  }

  /** A tunnel opens with a 200, whatever opened it upstream. RFC 8441 §5. */
  sendHead(status: number, _reason: string, fields: string, framing: Framing): void {
    if (this.#malformed) return
    const { session } = this.#host
    if (framing === 'tunnel') return session.sendResponse(this.stream, 200, withoutField(fields, 'upgrade'))
    const length = typeof framing === 'number' ? `content-length: ${framing}\r\n` : ''
    session.sendResponse(this.stream, status, fields + length)
  }

  sendData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#malformed) this.#host.session.sendData(this.stream, buffer, start, end, borrowed)
  }

  sendEnd(trailers: string): void {
    const { session } = this.#host
    if (this.#malformed) session.reset(this.stream, errorCode.protocolError)
    else session.sendEnd(this.stream, trailers)
  }

  flush(): Flushed {
    this.#host.leaveSoon()
    const flushed = this.#host.held(this)
    if (this.stream.queued > 0 && this.#stall?.watching !== true) {
      this.#stall ??= new StallWatch(this.stream)
      this.#stall.start(this.#host.traffic.wheel.now)
      this.#watch()
    }
    return flushed
  }

  abort(): void {
    this.#host.session.reset(this.stream, this.#abortCode)
    this.#host.leaveSoon()
  }

  pauseBody(): void {
    this.#paused = true
    this.#pace?.pause(this.#host.traffic.wheel.now)
  }

  resumeBody(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#pace?.resume(this.#host.traffic.wheel.now)
    this.#host.session.credit(this.stream, this.#withheld)
    this.#withheld = 0
    this.#host.leaveSoon()
    this.#watch()
  }

  openTunnel(): void {
    this.#pace = undefined
  }

  finished(): void {
    const { exchange, stream } = this
    if (exchange === undefined) return
    this.exchange = undefined
    this.#pace = undefined
    this.#paused = false
    this.#host.giveBack(exchange)
    if (!stream.remoteEnded) {
      this.#host.session.credit(stream, this.#withheld)
      this.#host.session.dismiss(stream)
    }
    this.#withheld = 0
    this.#host.leaveSoon()
    if (stream.queued === 0 || stream.closed) this.#host.traffic.wheel.remove(this)
  }

  onDeadline(now: Ms): void {
    const { exchange, stream } = this
    if (stream.closed) return
    const fault = this.#pace?.fault(now, stream.received)
    if (exchange !== undefined && fault !== undefined) return giveUp(exchange, 'request_body_timeout', fault)
    if (this.#stall?.isStalled(now, this.#host.writeStall) === true) return this.#reap()
    this.#watch()
  }

  /** The client takes nothing of the response. */
  #reap(): void {
    this.#abortCode = errorCode.cancel
    if (this.exchange !== undefined) giveUp(this.exchange, 'write_stalled', 'the client does not read')
    this.#host.session.reset(this.stream, errorCode.cancel)
    this.#host.leaveSoon()
  }

  /** Sets the next moment at which something can be wrong. */
  #watch(): void {
    const { wheel } = this.#host.traffic
    const pace = this.#pace?.nextCheck(wheel.now) ?? Number.POSITIVE_INFINITY
    const stall = this.#stall?.nextCheck(this.#host.writeStall) ?? Number.POSITIVE_INFINITY
    wheel.arm(this, Math.min(pace, stall))
  }
}
