import type { Ms } from '../../std/units.ts'

interface Entry {
  readonly key: string
  readonly due: Ms
  /** Of two that are due at once, the one that came first is first. */
  readonly turn: number
}

/** Keys with the time at which each falls due. The first of a hundred thousand is found without looking at the others. */
export class DueKeys {
  readonly #current = new Map<string, Entry>()
  /** A binary heap; entries that are not current any more are passed over when they come to its top. */
  #heap: Entry[] = []
  #turn = 0

  get size(): number {
    return this.#current.size
  }

  has(key: string): boolean {
    return this.#current.has(key)
  }

  /** When a key falls due. */
  get(key: string): Ms | undefined {
    return this.#current.get(key)?.due
  }

  set(key: string, due: Ms): void {
    const entry: Entry = { key, due, turn: this.#turn++ }
    this.#current.set(key, entry)
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    if (this.#heap.length > 2 * this.#current.size + 64) this.#sweep()
  }

  delete(key: string): void {
    this.#current.delete(key)
  }

  clear(): void {
    this.#current.clear()
    this.#heap = []
  }

  /** The key that falls due first. */
  first(): { readonly key: string; readonly due: Ms } | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#current.get(top.key) === top) return top
      this.#takeTop()
    }
    return undefined
  }

  /** Entries that are not current weigh as much as those that are. */
  #sweep(): void {
    this.#heap = [...this.#current.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  #takeTop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink()
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#swapUnlessBefore(parent, index)) return
      index = parent
    }
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      const [one, other] = [this.#heap[left], this.#heap[right]]
      if (one === undefined) return
      const child = other !== undefined && isBefore(other, one) ? right : left
      if (!this.#swapUnlessBefore(index, child)) return
      index = child
    }
  }

  #swapUnlessBefore(upper: number, lower: number): boolean {
    const [above, below] = [this.#heap[upper], this.#heap[lower]]
    if (above === undefined || below === undefined || !isBefore(below, above)) return false
    this.#heap[upper] = below
    this.#heap[lower] = above
    return true
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.turn < b.turn)
}
