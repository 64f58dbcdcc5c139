import type { Socket } from 'node:net'
import type { Timed, TimerWheel } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import type { AttemptConnection, AttemptEvents } from '../attempt.ts'
import type { Flushed } from '../flushed.ts'
import type { ReadBuffer } from '../read-buffers.ts'
import { resetSocket } from '../reset-socket.ts'
import type { Output } from './output.ts'
import { keepPace } from './tunnel-pace.ts'

/** How long an endpoint may take the last bytes of a tunnel, once both sides have ended. */
const lingerMs: Ms = 30_000

/** What a connection upstream hands over with its tunnel. */
export interface TunnelPart {
  readonly socket: Socket
  readonly output: Output
  readonly buffer: ReadBuffer
  readonly wheel: TimerWheel
  readonly reused: boolean
  readonly connectMs: Ms
}

/** An HTTP/1.1 connection to an endpoint behind a 101: bytes both ways, each way until its end. */
export class UpstreamTunnel implements AttemptConnection, Timed {
  readonly speaks = 'HTTP/1.1'
  readonly written = true
  readonly answered = true
  readonly responseEnded = false
  readonly resetCode = -1
  readonly reused: boolean
  readonly connectMs: Ms
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #socket: Socket
  readonly #output: Output
  readonly #buffer: ReadBuffer
  readonly #wheel: TimerWheel
  #events: AttemptEvents | undefined
  /** The last byte has been sent, and the last has come. */
  #sent = false
  #heard = false

  constructor(part: TunnelPart, events: AttemptEvents | undefined) {
    this.reused = part.reused
    this.connectMs = part.connectMs
    this.#socket = part.socket
    this.#output = part.output
    this.#buffer = part.buffer
    this.#wheel = part.wheel
    this.#events = events
    // The end of what the endpoint sends is not the end of what it takes.
    part.socket.allowHalfOpen = true
  }

  sendHead(): void {}

  sendBody(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#sent) this.#output.bytes(buffer, start, end, borrowed)
  }

  sendEnd(): void {
    if (this.#sent) return
    this.#sent = true
    this.#output.flush()
    this.#socket.end()
    if (this.#heard) this.#part()
  }

  flush(): Flushed {
    return this.#socket.destroyed ? 'sent' : this.#output.flushPart()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#socket.destroyed) this.#socket.resume()
  }

  openTunnel(): this {
    return this
  }

  abandon(): void {
    this.#events = undefined
    resetSocket(this.#socket)
  }

  /** Takes the bytes of a read. */
  read(buffer: Buffer, start: number, end: number): void {
    const events = this.#events
    if (events === undefined) return
    try {
      if (start < end) events.onResponseData(buffer, start, end, this.#buffer.borrowed)
      keepPace(this.#socket, this.#buffer, end - start, events.onResponseTurn())
    } catch (error) {
      this.abandon()
      events.onDefect(error)
    }
  }

  onUpstreamDrained(): void {
    this.#events?.onUpstreamDrained()
  }

  /** The endpoint has sent its FIN. */
  onEnd(): void {
    const events = this.#events
    this.#heard = true
    if (this.#sent) this.#part()
    events?.onResponseEnd('')
  }

  /** The socket is gone. @param how it ended. */
  onClose(how: string): void {
    const events = this.#events
    this.#events = undefined
    this.#wheel.remove(this)
    events?.onAttemptFailed('upstream_incomplete', how)
  }

  /** The endpoint has not taken its last bytes in time. */
  onDeadline(): void {
    this.#socket.destroy()
  }

  /** Both sides have ended: the socket closes by itself once everything has left. */
  #part(): void {
    this.#events = undefined
    if (!this.#socket.destroyed) this.#wheel.arm(this, this.#wheel.now + lingerMs)
  }
}
