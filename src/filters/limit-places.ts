import { fingerprint } from '../model/hash.ts'

/**
 * The places and names of the limits of a route. It tells those apart that are alike, by how many such stand before each: so a limit
 * keeps its place, and with it its counts, when others are added or taken away.
 */
export class LimitPlaces {
  readonly #found = new Map<string, number>()
  readonly #policies = new Set<string>()

  /** @param what all that is alike of limits that are told apart; JSON-able. */
  next(what: unknown): number {
    const print = fingerprint(what)
    const place = this.#found.get(print) ?? 0
    this.#found.set(print, place + 1)
    return place
  }

  /** `client-ip`, and `client-ip-2` for another limit with that key: clients tell policies apart by name. */
  policy(wanted: string): string {
    let name = wanted
    for (let i = 2; this.#policies.has(name); i++) name = `${wanted}-${i}`
    this.#policies.add(name)
    return name
  }
}
