import type { Ms } from '../../std/units.ts'

/** So much at once, and so much a second beyond that. Time is the caller's. */
export class Budget {
  readonly #burst: number
  readonly #perMs: number
  #left: number
  #at: Ms = 0

  constructor(burst: number, perSecond: number) {
    this.#burst = burst
    this.#perMs = perSecond / 1000
    this.#left = burst
  }

  /** Takes one. @returns whether that was the last, or more than there was. */
  spend(now: Ms): boolean {
    if (this.#left < this.#burst) {
      this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs)
    }
    this.#at = now
    this.#left -= 1
    return this.#left < 1
  }
}
