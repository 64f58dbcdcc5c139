import type { Socket } from 'node:net'
import type { ListenerLimits } from '../../model/listener.ts'
import type { TimerWheel } from '../../std/timer-wheel.ts'
import type { BodySink } from '../../wire/h1/body-decoder.ts'
import type { Exchange } from '../exchange.ts'
import { type ReadBuffer, streamingFrom } from '../read-buffers.ts'
import { giveUp } from '../retry.ts'
import { uploadData, uploadEnd } from '../upload.ts'
import { BodyPace } from './body-pace.ts'
import type { ConnectionTimer } from './connection-timer.ts'

/**
 * The arrival of one request's body after the other on a connection: given to the exchange, or thrown away when that has
 * its answer; held up when the upstream is full, and judged by its pace when it is not.
 */
export class BodyIntake implements BodySink {
  readonly #socket: Socket
  readonly #buffer: ReadBuffer
  readonly #timer: ConnectionTimer
  readonly #wheel: TimerWheel
  #exchange: Exchange | undefined = undefined
  #pace: BodyPace | undefined = undefined
  #borrowed = true

  constructor(socket: Socket, buffer: ReadBuffer, timer: ConnectionTimer, wheel: TimerWheel) {
    this.#socket = socket
    this.#buffer = buffer
    this.#timer = timer
    this.#wheel = wheel
  }

  /** @param rated the minimum rate holds, and not the idle limit alone. */
  start(exchange: Exchange, limits: ListenerLimits, rated: boolean): void {
    this.#exchange = exchange
    this.#pace = new BodyPace(limits, rated, this.#wheel.now)
    this.watch()
  }

  /** Takes bytes of the body. @returns the index behind the body, `end` when more is needed, or -1 for a broken one. */
  push(exchange: Exchange, buffer: Buffer, start: number, end: number, borrowed: boolean): number {
    this.#exchange = exchange
    this.#borrowed = borrowed
    return exchange.requestBody.push(buffer, start, end, this)
  }

  onBodyData(buffer: Buffer, start: number, end: number): void {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.phase === 'done') return
    this.#pace?.heard(this.#wheel.now)
    if (exchange.requestBody.bytes > streamingFrom) this.#buffer.startStreaming()
    uploadData(exchange, buffer, start, end, this.#borrowed)
  }

  /** Reading goes on whatever the upstream holds: nothing would let it later, and only so is a client seen that leaves. */
  onBodyEnd(trailers: string): void {
    this.#timer.clear()
    this.resume()
    const exchange = this.#exchange
    if (exchange !== undefined && exchange.phase !== 'done') uploadEnd(exchange, trailers)
  }

  /** Sets the connection's timer to the next moment at which the pace can be wrong. */
  watch(): void {
    if (this.#pace !== undefined) this.#timer.setAt(this.#pace.nextCheck(this.#wheel.now))
  }

  /** The time to look at the pace has come: gives up a request that is too slow. */
  check(): void {
    const exchange = this.#exchange
    const fault = this.#pace?.fault(this.#wheel.now, exchange?.requestBody.bytes ?? 0)
    if (fault === undefined || exchange === undefined) return this.watch()
    giveUp(exchange, 'request_body_timeout', fault)
  }

  pause(): void {
    this.#pace?.pause(this.#wheel.now)
    this.#socket.pause()
  }

  resume(): void {
    if (this.#pace?.paused !== true) return
    this.#pace.resume(this.#wheel.now)
    this.#socket.resume()
  }

  /**
   * Everything of one read has been taken: what is to go upstream leaves.
   *
   * @param body whether more of it is to come.
   */
  endTurn(exchange: Exchange, body: 'on' | 'over'): void {
    exchange.reading = false
    const flushed = exchange.connection?.flush() ?? 'sent'
    if (body === 'over') this.#buffer.stopStreaming(flushed === 'sent')
    else if (flushed === 'full') this.pause()
    else if (flushed === 'held') this.#buffer.rotate()
  }

  stop(): void {
    this.#exchange = undefined
    this.#pace = undefined
  }
}
