import type { Ms } from '../../std/units.ts'

/**
 * Silence before each ping while a response is waited for. Servers count pings that come without data and end connections
 * with too many (gRPC: a third within five minutes), so there is one early and one more, and then they are rare.
 */
const silences: readonly Ms[] = [5_000, 60_000]
/** Silence before a ping on a connection whose streams are all under way; gRPC servers allow one in five minutes. */
const longSilence: Ms = 310_000
/** A ping is answered at once, or the peer is gone. */
const pongWithin: Ms = 5_000
/** An answer that took shorter than this to be given up says nothing about the connection. */
const suspectAfter: Ms = 1_000

/** Whether the peer of an upstream connection still lives, judged by what is heard of it. */
export class Liveness {
  /** Nothing was heard since a request, and that request was given up: the connection gets no others until something is. */
  suspect = false
  #heardAt: Ms
  #pingedAt: Ms = Number.POSITIVE_INFINITY
  /** Pings since the peer last sent something of a response. */
  #pings = 0

  constructor(now: Ms) {
    this.#heardAt = now
  }

  /** Something is asked after a time of silence that meant nothing. */
  begin(now: Ms): void {
    if (this.#pingedAt === Number.POSITIVE_INFINITY) this.#heardAt = now
  }

  /** Bytes have come. */
  heard(now: Ms): void {
    this.#heardAt = now
    this.#pingedAt = Number.POSITIVE_INFINITY
    this.suspect = false
  }

  /** The peer sent something of a response. */
  progressed(): void {
    this.#pings = 0
  }

  /** A request was given up. @returns whether to ping now. */
  givenUp(openedAt: Ms, now: Ms): boolean {
    if (now - openedAt < suspectAfter || this.#heardAt > openedAt) return false
    this.suspect = true
    return this.#pingedAt === Number.POSITIVE_INFINITY && this.#pings < silences.length && this.#ping(now)
  }

  /** When to look again. @param waits a response is waited for; else streams are merely open. */
  nextCheck(waits: 'for a head' | 'no'): Ms {
    if (this.#pingedAt !== Number.POSITIVE_INFINITY) return this.#pingedAt + pongWithin
    const silence = waits === 'no' ? longSilence : (silences[this.#pings] ?? longSilence)
    return this.#heardAt + silence
  }

  /** What the time that is over means. */
  check(now: Ms, waits: 'for a head' | 'no'): 'alive' | 'ping' | 'dead' {
    if (now < this.nextCheck(waits)) return 'alive'
    if (this.#pingedAt !== Number.POSITIVE_INFINITY) return 'dead'
    this.#ping(now)
    return 'ping'
  }

  #ping(now: Ms): true {
    this.#pings++
    this.#pingedAt = now
    return true
  }
}
