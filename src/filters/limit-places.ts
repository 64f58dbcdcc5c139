import { fingerprint } from '../model/hash.ts'

/**
 * The places of limits in their scope. It tells those apart that are alike, by how many such stand before each: so a limit keeps its
 * place, and with it its counts, when others are added or taken away.
 */
export class LimitPlaces {
  readonly #found = new Map<string, number>()

  /** @param what all that is alike of limits that are told apart; JSON-able. */
  next(what: unknown): number {
    const print = fingerprint(what)
    const place = this.#found.get(print) ?? 0
    this.#found.set(print, place + 1)
    return place
  }
}
