import type { Timed, TimerWheel } from '../../std/timer-wheel.ts'
import type { Bytes, Ms } from '../../std/units.ts'

/** How often a connection is looked at. */
const interval: Ms = 2_000

/** What may come within an interval without carrying anything. */
const free: Bytes = 64 * 1024

/** Header, type and tag of a record of TLS 1.3 around its first byte: nobody needs more for a byte. */
const longestForOne: Bytes = 23

/** What it needs of a socket. */
export interface CountedSocket {
  readonly bytesRead: number
  readonly destroyed: boolean
  destroy(): unknown
}

/** What it needs of its listener. */
export interface GuardHost {
  readonly wheel: TimerWheel
  /** Told of every connection that was ended. */
  onFlood(): void
}

/**
 * Ends a connection that sends records which carry nothing, above all KeyUpdates: each costs us a key, OpenSSL has no limit for
 * them, and nobody is told. Told from others by how much was read and how little came out of it. Hardening L11.
 */
export class RecordGuard implements Timed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #host: GuardHost
  readonly #socket: CountedSocket
  readonly #carrier: CountedSocket
  #read: Bytes
  #got: Bytes

  /** @param socket of TLS. @param carrier what it reads from. */
  constructor(host: GuardHost, socket: CountedSocket, carrier: CountedSocket) {
    this.#host = host
    this.#socket = socket
    this.#carrier = carrier
    this.#read = carrier.bytesRead
    this.#got = socket.bytesRead
  }

  start(): void {
    this.#host.wheel.arm(this, this.#host.wheel.now + interval)
  }

  onDeadline(now: Ms): void {
    if (this.#socket.destroyed) return
    const { bytesRead: read } = this.#carrier
    const { bytesRead: got } = this.#socket
    const isFlood = read - this.#read > free && (got - this.#got) * 2 * longestForOne < read - this.#read
    this.#read = read
    this.#got = got
    if (!isFlood) return this.#host.wheel.arm(this, now + interval)
    this.#socket.destroy()
    this.#host.onFlood()
  }
}
