import type { FieldEntry } from './field-entry.ts'
import { type HeaderLimits, HeaderList } from './header-list.ts'

/** Larger blocks and lists cost more memory than their repetition saves time. */
const mostBytes = 512
const mostList = 4096
/** For `changes`: what a block says does not depend on the table. */
export const always = -2
/** A power of two. */
const slotCount = 4
const nothing: Buffer = Buffer.alloc(0)

/**
 * Lists by the bytes of their blocks: clients repeat themselves, and while no index changes its meaning the same bytes say
 * the same. A few are kept, since heads and trailers take turns.
 */
export class BlockMemo {
  readonly #slots: (Slot | undefined)[] = Array.from({ length: slotCount }, () => undefined)

  /**
   * What this block says, if it is known, to be copied, and what it puts into the table.
   *
   * @param changes of the table, as it is now.
   */
  recall(
    bytes: Buffer,
    start: number,
    end: number,
    changes: number,
    limits: HeaderLimits,
  ): KnownBlock | undefined {
    const slot = this.#slots[slotOf(bytes, start, end)]
    if (slot === undefined || slot.length !== end - start || slot.limits !== limits) return undefined
    if (slot.changes !== changes && slot.changes !== always) return undefined
    const known = slot.bytes
    for (let i = 0; i < slot.length; i++) if (known[i] !== bytes[start + i]) return undefined
    return slot
  }

  /** Keeps a list without fault, of a block that changed nothing but by the entries it inserted. */
  keep(
    bytes: Buffer,
    start: number,
    end: number,
    changes: number,
    limits: HeaderLimits,
    list: HeaderList,
    inserted: readonly FieldEntry[],
  ): void {
    const length = end - start
    if (length > mostBytes || list.size > mostList) return
    const at = slotOf(bytes, start, end)
    const slot = this.#slots[at] ?? new Slot()
    this.#slots[at] = slot
    if (slot.bytes.length < length) slot.bytes = Buffer.allocUnsafeSlow(length)
    for (let i = 0; i < length; i++) slot.bytes[i] = bytes[start + i] ?? 0
    slot.length = length
    slot.changes = changes
    slot.limits = limits
    slot.list.copy(list)
    slot.inserted = inserted
  }
}

export interface KnownBlock {
  readonly list: HeaderList
  readonly inserted: readonly FieldEntry[]
}

class Slot implements KnownBlock {
  bytes = nothing
  length = -1
  changes = -1
  limits: HeaderLimits | undefined = undefined
  readonly list = new HeaderList()
  inserted: readonly FieldEntry[] = []
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  return ((bytes[end - 1] ?? 0) ^ (end - start)) & (slotCount - 1)
}
