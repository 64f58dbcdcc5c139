import type { Socket } from 'node:net'
import type { ListenerLimits } from '../../model/listener.ts'
import type { Ms } from '../../std/units.ts'
import { needMore, refused } from '../../wire/h1/head-reader.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { ConnectionOwner, SocketConnection, Wire } from '../connection.ts'
import { containDefect } from '../defect.ts'
import type { RequestSource } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import { handle } from '../handle.ts'
import { rescue } from '../rescue.ts'
import { drainedBytes, requestRest, respond } from '../respond.ts'
import { clientGone, giveUp } from '../retry.ts'
import { Allowance } from './allowance.ts'
import { BodyIntake } from './body-intake.ts'
import { ConnectionTimer } from './connection-timer.ts'
import { DownstreamTunnel } from './downstream-tunnel.ts'
import { fromPreface, HeadIntake } from './head-intake.ts'
import { ResponseWriter } from './response-writer.ts'
import { WriteWatch } from './write-watch.ts'

/** How long a connection that we ended is read on, so that the answer is not lost to a reset. RFC 9112 §9.6. */
const lingerMs: Ms = 2000

/**
 * Where a connection is: reading a `head` or a `body`; `answering` a request that is complete; `draining` the rest of a
 * request that has its answer; `lingering` after our last byte.
 */
type State = 'head' | 'body' | 'answering' | 'draining' | 'lingering' | 'closed'

/** A client's HTTP/1.1 connection: bytes in, one exchange after the other, bytes out. */
export class DownstreamH1 implements SocketConnection, RequestSource {
  readonly peerAddress: string
  readonly wire: Wire
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #writer: ResponseWriter
  readonly #heads: HeadIntake
  readonly #timer: ConnectionTimer
  readonly #intake: BodyIntake
  readonly #writes: WriteWatch
  readonly #allowance: Allowance
  #state: State = 'head'
  #exchange: Exchange | undefined = undefined
  /** Bytes behind the request that is being answered; while there are any, nothing is read. */
  #held: Buffer | undefined = undefined
  #processing = false
  #borrowed = true
  /** The client has sent its last byte. */
  #ended = false

  constructor(owner: ConnectionOwner, wire: Wire) {
    const { traffic, slot } = owner
    const { socket, buffer, client } = wire
    this.wire = wire
    this.peerAddress = client.peerAddress
    this.#owner = owner
    this.#socket = socket
    this.#allowance = new Allowance(traffic, slot.runtime.spec.limits)
    this.#timer = new ConnectionTimer(traffic.wheel, () => this.#onDeadline())
    this.#heads = new HeadIntake(slot, client, this.#timer)
    this.#intake = new BodyIntake(socket, buffer, this.#timer, traffic.wheel)
    this.#writes = new WriteWatch(socket, this.#timer)
    this.#writer = new ResponseWriter(socket, this.#writes, () => this.#limits.writeStall)
  }

  get idle(): boolean {
    return this.#state === 'head' && this.#exchange === undefined && this.#heads.empty
  }

  close(): void {
    if (this.idle) this.#linger()
    else this.#writer.closing = true
  }

  destroy(): void {
    this.#socket.destroy()
  }

  read(length: number): void {
    this.#process(this.wire.buffer.current, length, this.wire.buffer.borrowed)
  }

  take(bytes: Buffer): void {
    this.#process(bytes, bytes.length, false)
  }

  pauseBody(): void {
    if (this.#state === 'body') this.#intake.pause()
  }

  resumeBody(): void {
    if (this.#state === 'body') this.#intake.resume()
  }

  openTunnel(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#writer.flush()
    this.#exchange = undefined
    this.#state = 'closed'
    this.#timer.dispose()
    new DownstreamTunnel(this.#owner, this.wire, exchange).start(this, this.#held, this.#ended)
  }

  finished(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    if (this.#state === 'closed' || this.#writer.closing || requestRest(exchange) > drainedBytes)
      return this.#part(exchange)
    if (exchange.requestComplete) return this.#next(exchange)
    this.#intake.resume()
    this.#state = 'draining'
    this.#timer.set(this.#limits.bodyIdle)
  }

  onDrain(): void {
    this.#writes.stop()
    if (this.#state === 'head') this.#timer.set(this.#limits.keepAliveIdle)
    else if (this.#state === 'lingering') this.#timer.set(lingerMs)
    else if (this.#state === 'body') this.#intake.watch()
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
        return this.destroy()
      case 'answering':
      case 'lingering':
      case 'closed':
        return
    }
  }

  onClose(): void {
    this.#state = 'closed'
    this.#timer.dispose()
    if (this.#exchange !== undefined) clientGone(this.#exchange)
    if (this.#exchange !== undefined) this.#release(this.#exchange)
    this.#owner.onClosed(this)
  }

  #process(buffer: Buffer, end: number, borrowed: boolean): void {
    this.#processing = true
    this.#borrowed = borrowed
    if (this.#exchange !== undefined) this.#exchange.reading = true
    try {
      for (let at = 0; at < end; ) at = this.#step(buffer, at, end)
    } catch (error) {
      if (this.#exchange !== undefined) containDefect(this.#exchange, error)
      this.destroy()
    }
    this.#processing = false
    if (this.#exchange !== undefined)
      this.#intake.endTurn(this.#exchange, this.#state === 'body' ? 'on' : 'over')
    else if (this.#ended && this.#state === 'head') this.#linger()
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
    const next = this.#heads.push(buffer, at, end)
    if (next === needMore) return end
    if (this.#heads.isHttp2) return this.#handOver(buffer, next, end)
    const exchange = this.#owner.exchanges.take()
    this.#exchange = exchange
    const refusal = this.#heads.begin(exchange, this, this.#writer)
    if (refusal === undefined) this.#start(exchange)
    else this.#refuse(exchange, refusal)
    return next === refused ? end : next
  }

  /** What follows is HTTP/2. */
  #handOver(buffer: Buffer, at: number, end: number): number {
    this.#state = 'closed'
    this.#timer.dispose()
    this.#owner.becomeHttp2(this, this.wire, fromPreface(buffer, at, end))
    return end
  }

  /** The body that follows is set up by now, because the answer may be complete when `handle` returns. */
  #start(exchange: Exchange): void {
    this.#writer.begin(exchange.head)
    if (this.#allowance.isLast(this.#limits) || this.#ended) this.#writer.closing = true
    this.#state = exchange.requestComplete ? 'answering' : 'body'
    handle(exchange)
    if (this.#state === 'body' && this.#exchange === exchange)
      this.#intake.start(exchange, this.#limits, exchange.runtime?.streaming !== true)
  }

  #readBody(buffer: Buffer, at: number, end: number): number {
    const exchange = this.#exchange
    if (exchange === undefined) return end
    const next = this.#intake.push(exchange, buffer, at, end, this.#borrowed)
    if (next < 0) {
      this.#breakOff(exchange, exchange.requestBody.refusal)
      return end
    }
    if (this.#exchange !== exchange || !exchange.requestBody.done) return next
    if (this.#state === 'draining') this.#next(exchange)
    else if (this.#state === 'body') this.#state = 'answering'
    return next
  }

  /** The body breaks the grammar: nobody knows where the next request would start. */
  #breakOff(exchange: Exchange, refusal: Refusal | undefined): void {
    this.#writer.closing = true
    if (this.#state === 'draining') this.#part(exchange)
    else giveUp(exchange, refusal?.reason ?? 'bad_chunk', refusal?.detail ?? '')
  }

  #refuse(exchange: Exchange, refusal: Refusal): void {
    this.#state = 'answering'
    respond(exchange, rescue(refusal.reason, refusal.detail))
  }

  /** The exchange was the last of this connection. */
  #part(exchange: Exchange): void {
    this.#release(exchange)
    this.#linger()
  }

  /** The connection is ready for its next request, which may be here already. */
  #next(exchange: Exchange): void {
    this.#release(exchange)
    this.#state = 'head'
    const held = this.#held
    this.#timer.set(this.#limits.keepAliveIdle)
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
    this.#intake.stop()
    this.#owner.exchanges.give(exchange)
  }

  /** Sends our FIN and waits a moment for the client's, throwing away what still comes. */
  #linger(): void {
    if (this.#state === 'closed') return
    this.#state = 'lingering'
    this.#held = undefined
    this.#socket.end()
    this.#socket.resume()
    this.#timer.set(lingerMs)
  }

  get #limits(): ListenerLimits {
    return this.#owner.slot.runtime.spec.limits
  }

  #onDeadline(): void {
    if (this.#writes.pending) return this.#checkWrites()
    if (this.#state === 'body') return this.#intake.check()
    if (this.#state === 'draining' || this.#state === 'lingering') return this.destroy()
    if (this.#state !== 'head') return
    if (this.#heads.empty) return this.#linger()
    const exchange = this.#owner.exchanges.take()
    this.#exchange = exchange
    this.#refuse(exchange, this.#heads.beginLate(exchange, this, this.#writer))
  }

  /** What we wrote still waits: a client that took some of it in the meantime may go on. */
  #checkWrites(): void {
    if (!this.#writes.stalled) return this.#writes.start(this.#limits.writeStall)
    if (this.#exchange !== undefined) giveUp(this.#exchange, 'write_stalled', 'the client does not read')
    this.#writer.abort()
  }
}
