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

/** Spreads a storm of handshakes over turns of the event loop, and limits how many are under way. */
export class HandshakePace {
  readonly #waiting: Paced[] = []
  readonly #onTurn = (): void => this.#turn()
  #begun = 0
  #scheduled = false
  #underWay = 0

  /** Takes a place; false when all are taken. Each place has to be left. */
  enter(): boolean {
    if (this.#underWay >= mostHandshakes) return false
    this.#underWay++
    return true
  }

  leave(): void {
    this.#underWay--
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
