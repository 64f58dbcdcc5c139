import type { ByteWriter } from './byte-writer.ts'

/** Longer blocks cost more memory than their repetition saves time. */
const mostText = 2048
const slotCount = 4
const nothing: Buffer = Buffer.alloc(0)

/**
 * What field blocks were encoded to: peers repeat themselves, and while no index changes its meaning the same lines are the
 * same bytes. A few are kept, since heads and trailers take turns.
 */
export class EncodedMemo {
  readonly #slots: Slot[] = Array.from({ length: slotCount }, () => new Slot())
  #next = 0

  /** Writes what these lines were encoded to, if that is known. @param changes of the table, as it is now. */
  recall(text: string, changes: number, into: ByteWriter): boolean {
    for (const slot of this.#slots) {
      if (slot.changes !== changes || slot.text !== text) continue
      into.raw(slot.bytes, 0, slot.length)
      return true
    }
    return false
  }

  /** Keeps what was written from `start` on, by an encoding that changed nothing. */
  keep(text: string, changes: number, written: ByteWriter, start: number): void {
    const slot = this.#slots[this.#next]
    if (slot === undefined || text.length > mostText) return
    this.#next = (this.#next + 1) % slotCount
    const length = written.length - start
    if (slot.bytes.length < length) slot.bytes = Buffer.allocUnsafeSlow(length)
    written.bytes.copy(slot.bytes, 0, start, written.length)
    slot.text = text
    slot.changes = changes
    slot.length = length
  }
}

class Slot {
  text = ''
  changes = -1
  length = 0
  bytes = nothing
}
