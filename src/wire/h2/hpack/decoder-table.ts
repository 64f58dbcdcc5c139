import { type FieldEntry, fieldEntry, kindOfName } from './field-entry.ts'
import { firstDynamic, staticFields } from './static-table.ts'

const unused: FieldEntry = fieldEntry('', 0, '')
/** By index; 0 is none. */
const staticEntries: readonly FieldEntry[] = [
  unused,
  ...staticFields.map(([name, value]) => fieldEntry(name, kindOfName(name), value)),
]

/** A power of two. */
const smallestRing = 32

/** The table that a decoder looks indexes up in: static entries, then dynamic ones, the newest first (RFC 7541 §2.3). */
export class DecoderTable {
  /** Goes up with every change of what an index means. */
  changes = 0
  /** Bytes that the entries may take together. */
  capacity: number
  #size = 0
  #count = 0
  /** Entries in a ring whose length is a power of two; the newest stands in front of `#next`. */
  #ring: FieldEntry[] = Array.from({ length: smallestRing }, () => unused)
  #next = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** `undefined` for an index that is in neither table. */
  at(index: number): FieldEntry | undefined {
    if (index < firstDynamic) return index === 0 ? undefined : staticEntries[index]
    const age = index - firstDynamic
    return age < this.#count ? this.#ring[(this.#next - 1 - age) & (this.#ring.length - 1)] : undefined
  }

  /** Puts an entry in front; older ones leave. One larger than the table empties it (RFC 7541 §4.4). */
  insert(entry: FieldEntry): void {
    this.changes++
    this.#shrink(this.capacity - entry.size)
    if (entry.size > this.capacity) return
    if (this.#count === this.#ring.length) this.#grow()
    this.#ring[this.#next] = entry
    this.#next = (this.#next + 1) & (this.#ring.length - 1)
    this.#count++
    this.#size += entry.size
  }

  /** Takes a new capacity; entries that have no room leave (RFC 7541 §4.3). */
  resize(capacity: number): void {
    this.changes++
    this.capacity = capacity
    this.#shrink(capacity)
  }

  /** Empties it, as an entry too large for it does. */
  clear(): void {
    this.changes++
    this.#shrink(0)
  }

  #shrink(most: number): void {
    const mask = this.#ring.length - 1
    while (this.#count > 0 && this.#size > most) {
      const oldest = (this.#next - this.#count) & mask
      this.#size -= this.#ring[oldest]?.size ?? 0
      this.#ring[oldest] = unused
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
