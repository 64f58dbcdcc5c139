import type { Bytes, Ms } from '../../std/units.ts'

/** Taking less than this in the time allowed is taking nothing: windows opened byte by byte are an attack. */
const leastProgress: Bytes = 1024

/** What is watched: bytes that wait, and how many left so far. */
interface Sender {
  readonly queued: Bytes
  readonly sent: Bytes
}

/** Watches whether a client takes the bytes of a stream that wait for it. */
export class StallWatch {
  readonly #sender: Sender
  #since: Ms = Number.POSITIVE_INFINITY
  #sent: Bytes = 0

  constructor(sender: Sender) {
    this.#sender = sender
  }

  get watching(): boolean {
    return this.#since !== Number.POSITIVE_INFINITY
  }

  start(now: Ms): void {
    this.#since = now
    this.#sent = this.#sender.sent
  }

  /** When to ask again; `Infinity` when nothing waits. @param stallMs 0 is no limit. */
  nextCheck(stallMs: Ms): Ms {
    return stallMs === 0 ? Number.POSITIVE_INFINITY : this.#since + stallMs
  }

  /** Whether the time is over without progress; starts anew when there was some, stops when nothing waits any more. */
  isStalled(now: Ms, stallMs: Ms): boolean {
    if (this.#sender.queued === 0) this.#since = Number.POSITIVE_INFINITY
    if (now < this.nextCheck(stallMs)) return false
    if (this.#sender.sent - this.#sent < leastProgress) return true
    this.start(now)
    return false
  }
}
