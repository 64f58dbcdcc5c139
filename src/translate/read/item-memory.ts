/**
 * Remembers what long lists were read to, item by item, by the item's text, from one translation to the next: when one route of
 * 30,000 changes, one is read again. Holds what the last two translations used.
 */
export class ItemMemory {
  #current = new Map<string, unknown>()
  #last = new Map<string, unknown>()

  /** What was kept for this text, or `undefined`. */
  get(text: string): unknown {
    const value = this.#current.get(text) ?? this.#last.get(text)
    if (value !== undefined) this.#current.set(text, value)
    return value
  }

  set(text: string, value: unknown): void {
    this.#current.set(text, value)
  }

  /** Ends a translation: what it did not use is forgotten at the end of the next one. */
  turn(): void {
    this.#last = this.#current
    this.#current = new Map()
  }
}
