import type { Socket } from 'node:net'
import type { H2Session } from '../../wire/h2/session.ts'
import { type Leaving, leaveThisTurn } from './turn.ts'

/** Who drives a session and is told how its writes go. */
export interface WriterEvents {
  /** What could be written has been, as far as the socket takes it. */
  onLeft(): void
  /** Everything written has left the process: buffers that were referred to are free. */
  onSettled(): void
  /** Somebody waits for `onSettled`. */
  readonly awaitsSettled: boolean
  onWriteDefect(error: unknown): void
}

/** Writes what a session has to say to its socket: gathered over a turn of the event loop, and under backpressure. */
export class SessionWriter<Owner> implements Leaving {
  isLeaving = false
  readonly #session: H2Session<Owner>
  readonly #socket: Socket
  readonly #events: WriterEvents
  readonly #onWritten = (): void => this.#written()
  #busy = false
  /** A write that refers to buffers of others has not left yet. */
  #refers = false

  constructor(session: H2Session<Owner>, socket: Socket, events: WriterEvents) {
    this.#session = session
    this.#socket = socket
    this.#events = events
  }

  /** Something waits that lies in buffers of others. */
  get refers(): boolean {
    return this.#refers || this.#session.refers
  }

  /** Leaves at the end of the turn; at once when bytes of others are among it, so that they get their buffers back. */
  leaveSoon(): void {
    if (this.#session.refers && !this.#busy) this.leave()
    else leaveThisTurn(this)
  }

  leave(): void {
    if (this.#busy || this.#socket.destroyed || this.#socket.writableEnded) return
    this.#busy = true
    try {
      this.#writeAll()
    } catch (error) {
      this.#events.onWriteDefect(error)
    }
    this.#busy = false
  }

  /** The socket takes more. */
  onDrain(): void {
    this.#settle()
    this.leave()
  }

  #writeAll(): void {
    const session = this.#session
    while (session.hasOutput && !this.#socket.writableNeedDrain) {
      const refers = session.refers
      const parts = session.takeOutput()
      if (parts.length === 0) break
      this.#refers ||= refers
      this.#write(parts)
      this.#settle()
    }
    session.congested = this.#socket.writableNeedDrain
    this.#events.onLeft()
  }

  #write(parts: readonly Buffer[]): void {
    const socket = this.#socket
    if (parts.length > 1) socket.cork()
    const last = parts.length - 1
    for (let i = 0; i < last; i++) socket.write(parts[i] ?? none)
    if (this.#events.awaitsSettled) socket.write(parts[last] ?? none, this.#onWritten)
    else socket.write(parts[last] ?? none)
    if (parts.length > 1) socket.uncork()
  }

  #written(): void {
    if (this.#socket.destroyed) return
    this.#settle()
    if (this.#session.hasOutput) leaveThisTurn(this)
  }

  #settle(): void {
    if (this.#socket.writableLength > 0) return
    this.#refers = false
    this.#session.settled()
    this.#events.onSettled()
  }
}

const none = Buffer.alloc(0)
