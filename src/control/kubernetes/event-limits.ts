import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

/** How much is said in events. */
export interface EventLimits {
  readonly atOnce: number
  readonly perSecond: number
  /** Events that an object may have at once, and how long until it may have one more: a script that edits it in a loop fills nothing. */
  readonly objectBurst: number
  readonly objectEach: Ms
  /** The same for all objects of a namespace together: whoever has ten thousand broken ones must not keep others from hearing of theirs. */
  readonly namespaceBurst: number
  readonly namespaceEach: Ms
  /** A problem that stays is said again: the API server forgets events after an hour. */
  readonly again: Ms
  /** One that went and came back is not said again sooner. */
  readonly apart: Ms
  /** Where we may not write events, it is tried again so often. */
  readonly refused: Ms
}

export const usualEventLimits: EventLimits = {
  atOnce: 2,
  perSecond: 20,
  objectBurst: 25,
  objectEach: 30_000,
  namespaceBurst: 200,
  namespaceEach: 250,
  again: 50 * 60_000,
  apart: 60_000,
  refused: 10 * 60_000,
}

/** How many events every object, or every namespace, may have, by time alone. */
export class EventPace {
  readonly #clock: Clock
  readonly #each: Ms
  readonly #burst: number
  /** When each would have all of its events free again. */
  readonly #fullAt = new Map<string, number>()

  constructor(clock: Clock, { each, burst }: { readonly each: Ms; readonly burst: number }) {
    this.#clock = clock
    this.#each = each
    this.#burst = burst
  }

  /** How long until it may have one more. */
  readyIn(object: string): Ms {
    const now = this.#clock.now()
    return Math.max(0, (this.#fullAt.get(object) ?? now) - now - (this.#burst - 1) * this.#each)
  }

  take(object: string): void {
    this.#fullAt.set(object, Math.max(this.#clock.now(), this.#fullAt.get(object) ?? 0) + this.#each)
  }

  /** Forgets those that may have all of their events. */
  tidy(): void {
    const now = this.#clock.now()
    for (const [object, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(object)
  }
}
