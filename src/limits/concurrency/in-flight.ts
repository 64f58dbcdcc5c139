/** How many are in flight, by limit and subject. Those of whom nothing is have no entry. */
export class InFlight {
  readonly #byLimit = new Map<string, Map<string, number>>()
  #total = 0

  /** Of all limits and subjects together. */
  get total(): number {
    return this.#total
  }

  of(limit: string, subject: string): number {
    return this.#byLimit.get(limit)?.get(subject) ?? 0
  }

  /**
   * Counts one more, if that is no more than `most`.
   *
   * @returns how many more there could be; -1 when it was one too many.
   */
  take(limit: string, subject: string, most: number): number {
    const counts = this.#byLimit.get(limit)
    const count = (counts?.get(subject) ?? 0) + 1
    if (count > most) return -1
    if (counts === undefined) this.#byLimit.set(limit, new Map([[subject, count]]))
    else counts.set(subject, count)
    this.#total++
    return most - count
  }

  /** Counts one less. @returns whether there was one. */
  giveBack(limit: string, subject: string): boolean {
    const counts = this.#byLimit.get(limit)
    const count = counts?.get(subject)
    if (counts === undefined || count === undefined) return false
    this.#total--
    if (count > 1) counts.set(subject, count - 1)
    else {
      counts.delete(subject)
      if (counts.size === 0) this.#byLimit.delete(limit)
    }
    return true
  }

  /** Each limit and subject, with how many are in flight. */
  *entries(): Generator<readonly [limit: string, subject: string, count: number]> {
    for (const [limit, counts] of this.#byLimit)
      for (const [subject, count] of counts) yield [limit, subject, count]
  }
}
