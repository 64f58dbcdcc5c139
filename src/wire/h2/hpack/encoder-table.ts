import { fieldOverhead, firstDynamic, staticFields } from './static-table.ts'

const staticByLine: ReadonlyMap<string, number> = new Map(
  staticFields.flatMap(([name, value], i) => (value === '' ? [] : [[`${name}: ${value}`, i + 1] as const])),
)
const staticByName: ReadonlyMap<string, number> = new Map(
  staticFields.map(([name], i) => [name, i + 1] as const).reverse(),
)

/** The index of a name in the static table; 0 when it is not there. */
export function staticNameIndex(lowerName: string): number {
  return staticByName.get(lowerName) ?? 0
}

interface Entry {
  readonly key: string
  readonly size: number
}

const smallestRing = 32
const unused: Entry = { key: '', size: 0 }

/**
 * The table that an encoder keeps in step with its peer's decoder. Lines are found by their text as the caller writes it
 * (`Content-Type: text/html`), so that a repeated line costs one look-up.
 */
export class EncoderTable {
  /** Goes up with every change of what an index means. */
  changes = 0
  /** Bytes that the entries may take together. */
  capacity: number
  /** What `find` or `insert` came to last, for `indexOf`: 0 for none, below it for the static table. */
  reference = 0
  readonly #numberByKey = new Map<string, number>()
  #size = 0
  #count = 0
  /** Entries in a ring whose length is a power of two; the newest stands in front of `#next`. */
  #ring: Entry[] = Array.from({ length: smallestRing }, () => unused)
  #next = 0
  /** Entries ever inserted. */
  #inserted = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** The index of a line `name: value`; 0 when it is in neither table. */
  find(line: string): number {
    const number = this.#numberByKey.get(line)
    this.reference = number === undefined ? -(staticByLine.get(line) ?? 0) : number + 1
    return this.indexOf(this.reference)
  }

  /** The index that a line has now; 0 when it has left the table. @param reference to it. */
  indexOf(reference: number): number {
    if (reference <= 0) return -reference
    const age = this.#inserted - reference
    return age < this.#count ? age + firstDynamic : 0
  }

  /**
   * Puts a line in front, as the decoder does when it reads it (RFC 7541 §4.4).
   *
   * @param line one that `find` does not know.
   * @param length of name and value.
   */
  insert(line: string, length: number): void {
    const size = length + fieldOverhead
    this.changes++
    this.#shrink(this.capacity - size)
    if (size > this.capacity) return
    if (this.#count === this.#ring.length) this.#grow()
    this.#ring[this.#next] = { key: line, size }
    this.#next = (this.#next + 1) & (this.#ring.length - 1)
    this.#numberByKey.set(line, this.#inserted++)
    this.reference = this.#inserted
    this.#count++
    this.#size += size
  }

  resize(capacity: number): void {
    this.changes++
    this.capacity = capacity
    this.#shrink(capacity)
  }

  #shrink(most: number): void {
    const mask = this.#ring.length - 1
    while (this.#count > 0 && this.#size > most) {
      const oldest = (this.#next - this.#count) & mask
      const { key, size } = this.#ring[oldest] ?? unused
      this.#numberByKey.delete(key)
      this.#ring[oldest] = unused
      this.#size -= size
      this.#count--
    }
  }

  #grow(): void {
    const ring = this.#ring
    const mask = ring.length - 1
    this.#ring = Array.from({ length: ring.length * 2 }, (_, i) =>
      i < ring.length ? (ring[(this.#next + i) & mask] ?? unused) : unused,
    )
    this.#next = ring.length
  }
}
