import type { Socket } from 'node:net'
import type { ConnectionTimer } from './connection-timer.ts'
import { unsentBytes } from './unsent.ts'

/** Watches whether a client takes what we wrote: a slow one may, one that takes nothing may not. */
export class WriteWatch {
  readonly #socket: Socket
  readonly #timer: ConnectionTimer
  #unsent = Number.POSITIVE_INFINITY

  constructor(socket: Socket, timer: ConnectionTimer) {
    this.#socket = socket
    this.#timer = timer
  }

  /** Something we wrote waits in this process. */
  get pending(): boolean {
    return this.#socket.writableLength > 0
  }

  /** @param stallMs 0 is no limit. */
  start(stallMs: number): void {
    this.#unsent = unsentBytes(this.#socket)
    this.#timer.set(stallMs)
  }

  /** Everything has left. */
  stop(): void {
    this.#timer.clear()
    this.#unsent = Number.POSITIVE_INFINITY
  }

  /** Whether nothing left since `start`; false when nobody was watching. */
  get stalled(): boolean {
    return unsentBytes(this.#socket) >= this.#unsent
  }
}
