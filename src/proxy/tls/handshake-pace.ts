import type { Ms } from '../../std/units.ts'

/**
 * Handshakes that are begun in one turn of the event loop. Each costs a quarter of a millisecond, and whoever has a connection
 * already must not wait for a storm of newcomers. Hardening S06.
 */
const mostPerTurn = 8

/** Handshakes under way at once in this process: each costs some 50 KiB before anybody is known. */
export const mostHandshakes = 2048

/** Something that waits for its turn. */
export interface Paced {
  /** Called at most once, at once or in a later turn. */
  proceed(): void
}

/** A handshake that may have to give its place to another. */
export interface Placed {
  /** Its client was given up: it leaves. */
  giveWay(): void
}

/** A client may be slow for so long before a newcomer may have its place. */
const patience: Ms = 1000

/** Spreads a storm of handshakes over turns of the event loop, and limits how many are under way. */
export class HandshakePace {
  readonly #waiting: Paced[] = []
  readonly #onTurn = (): void => this.#turn()
  #begun = 0
  #scheduled = false
  /** Since when each is under way; the longest first. */
  readonly #underWay = new Map<Placed, Ms>()

  /**
   * Takes a place, that of the longest handshake when all are taken and its client keeps it waiting; false when there is none.
   * Each place has to be left.
   */
  enter(placed: Placed, now: Ms): boolean {
    if (this.#underWay.size >= mostHandshakes) this.#makeRoom(now)
    if (this.#underWay.size >= mostHandshakes) return false
    this.#underWay.set(placed, now)
    return true
  }

  /** Leaving again, or without a place, does nothing. */
  leave(placed: Placed): void {
    this.#underWay.delete(placed)
  }

  /** Lets it proceed in this turn, or as soon as those before it had theirs. */
  await(paced: Paced): void {
    if (this.#begun >= mostPerTurn || this.#waiting.length > 0) {
      this.#waiting.push(paced)
    } else {
      this.#begun++
      paced.proceed()
    }
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#onTurn)
  }

  #makeRoom(now: Ms): void {
    for (const [longest, since] of this.#underWay) {
      if (now - since >= patience) longest.giveWay()
      return
    }
  }

  #turn(): void {
    this.#begun = 0
    this.#scheduled = false
    for (const paced of this.#waiting.splice(0, mostPerTurn)) {
      this.#begun++
      paced.proceed()
    }
    if (this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(this.#onTurn)
  }
}
