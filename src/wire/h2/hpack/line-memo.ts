import { staticNameIndex } from './encoder-table.ts'
import { fixedIndexing, type Indexing } from './indexing.ts'

/** A power of two. */
const slotCount = 64
/** Longer names are not kept: an idle connection must stay small. */
const mostName = 64

/** What the last line with some name came to. */
export interface KnownLine {
  /** As it came: `Content-Type`. */
  readonly name: string
  readonly lowerName: string
  /** How every line with this name is written; `undefined` when its value matters. */
  readonly indexing: Exclude<Indexing, 'index'> | undefined
  /** In the static table; 0 when it is not there. */
  readonly nameIndex: number
  /** The last line that was in a table; `""` for none. */
  line: string
  /** Where it was; `EncoderTable.indexOf` tells whether it still is. */
  reference: number
}

/**
 * Lines of a connection by their names. A look-up in a map costs V8 as much as the rest of a line together, because it makes
 * every new key unique first; comparing the line with the last one of its name does not.
 */
export class LineMemo {
  readonly #slots: (KnownLine | undefined)[] = Array.from({ length: slotCount }, () => undefined)

  /** What may be known of the line from `start`, whose name ends in front of `colon`; its name has to be compared. */
  at(fields: string, start: number, colon: number): KnownLine | undefined {
    return this.#slots[slotOf(fields, start, colon)]
  }

  /** Keeps the name of a line; `undefined` for one that is too long. */
  learn(line: string): KnownLine | undefined {
    const colon = line.indexOf(':', 1)
    if (colon > mostName) return undefined
    // A part of the block would keep all of it.
    const name = Buffer.from(line.slice(0, colon), 'latin1').toString('latin1')
    const lowerName = name.toLowerCase()
    const indexing = fixedIndexing(lowerName)
    const known = { name, lowerName, indexing, nameIndex: staticNameIndex(lowerName), line: '', reference: 0 }
    this.#slots[slotOf(line, 0, colon)] = known
    return known
  }
}

/** Of letters and with factors by which 34 of 36 common names have a slot of their own. */
function slotOf(fields: string, start: number, colon: number): number {
  const first = fields.charCodeAt(start)
  const late = fields.charCodeAt(Math.max(start, colon - 2))
  const earlier = fields.charCodeAt(Math.max(start, colon - 4))
  return (first + 5 * late + 35 * earlier + 11 * (colon - start)) & (slotCount - 1)
}
