/**
 * Remembers what long lists were read to, item by item, by the item's text, from one translation to the next: when one route of
 * 30,000 changes, one is read again. Holds what the last two translations used.
 */
export class ItemMemory {
  readonly #sections = new Map<string, Generations>()

  /** What was kept for an item of a section, or `undefined`. */
  get(section: string, text: string): unknown {
    const generations = this.#sections.get(section)
    if (generations === undefined) return undefined
    const value = generations.last.get(text) ?? generations.current.get(text)
    if (value !== undefined) generations.current.set(text, value)
    return value
  }

  set(section: string, text: string, value: unknown): void {
    let generations = this.#sections.get(section)
    if (generations === undefined) {
      generations = { current: new Map(), last: new Map() }
      this.#sections.set(section, generations)
    }
    generations.current.set(text, value)
  }

  /** Ends a translation: what it did not use is forgotten at the end of the next one. */
  turn(): void {
    for (const generations of this.#sections.values()) {
      generations.last = generations.current
      generations.current = new Map()
    }
  }
}

interface Generations {
  current: Map<string, unknown>
  last: Map<string, unknown>
}
