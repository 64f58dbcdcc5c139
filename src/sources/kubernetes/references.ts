/** Counts who refers to what, so that the first and the last one can be told. */
export class References {
  readonly #byOwner = new Map<string, readonly string[]>()
  readonly #counts = new Map<string, number>()

  has(key: string): boolean {
    return this.#counts.has(key)
  }

  /** What `owner` refers to from now on; gives what is referred to for the first time, and what no longer is. */
  set(
    owner: string,
    keys: readonly string[],
  ): { readonly added: readonly string[]; readonly dropped: readonly string[] } {
    const before = this.#byOwner.get(owner) ?? []
    if (keys.length === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, keys)
    const added = keys.filter((key) => this.#count(key, 1) === 1)
    const dropped = before.filter((key) => this.#count(key, -1) === 0)
    const known = new Set(before)
    // What was dropped and added at once never went away.
    return { added: added.filter((key) => !known.has(key)), dropped }
  }

  #count(key: string, by: number): number {
    const count = (this.#counts.get(key) ?? 0) + by
    if (count === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
    return count
  }
}
