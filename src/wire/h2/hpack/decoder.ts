import { always, BlockMemo } from './block-memo.ts'
import { DecoderTable } from './decoder-table.ts'
import { type FieldEntry, fieldEntry, kindOfName } from './field-entry.ts'
import type { HeaderLimits, HeaderList } from './header-list.ts'
import { decoded, decodeHuffman } from './huffman-decode.ts'
import { ListBuilder } from './list-builder.ts'
import { fieldOverhead, firstDynamic } from './static-table.ts'

/** Octets behind the prefix of an integer: enough for 2^28, far above any length or index that may stand here. */
const mostIntegerBytes = 4
/** Strings up to here are made whatever room there is: the list judges them. */
const shortString = 256
const nothing: Buffer = Buffer.alloc(0)
const none: readonly FieldEntry[] = []

/**
 * Decodes the header blocks of one connection, in their order (RFC 7541). Repeated blocks and indexed fields become strings
 * that exist already; nothing larger than the limits or the table is made into a string.
 */
export class HpackDecoder {
  readonly #table: DecoderTable
  readonly #memo = new BlockMemo()
  readonly #builder = new ListBuilder()
  /** The capacity that the peer was told. */
  #most: number
  /** The next block must begin with a size update, to this or less; -1 when it need not. */
  #owedUpdate = -1
  #bytes = nothing
  #at = 0
  #end = 0
  /** Where the string that `#readString` read stands decoded. */
  #source = nothing
  #from = 0
  #to = 0
  /** What the block under way put into the table. */
  #inserted: FieldEntry[] = []
  /** What it says or does depends on the table as it was. */
  #depends = false
  /** The length of the last one that did not depend on the table and changed it. */
  #insertingLength = -1

  /**
   * @param tableBytes what the peer may use from the first block on. A SETTINGS_HEADER_TABLE_SIZE below 4096 is not yet known
   * to it then: begin with 4096, and call `setTable` when it is acknowledged.
   */
  constructor(tableBytes: number) {
    this.#most = tableBytes
    this.#table = new DecoderTable(tableBytes)
  }

  /**
   * Takes another SETTINGS_HEADER_TABLE_SIZE. Call it when the peer acknowledged ours; a smaller one has to be confirmed by
   * a size update in front of the next block (RFC 7541 §4.2).
   */
  setTable(tableBytes: number): void {
    this.#most = tableBytes
    if (tableBytes < this.#table.capacity) this.#owedUpdate = tableBytes
  }

  /**
   * Decodes one complete block into `into`, whose own `fault` may be set: the table is in step whatever the fault.
   *
   * @returns `'compression'` for a connection error COMPRESSION_ERROR: the decoder must not be used again.
   */
  decode(
    bytes: Buffer,
    start: number,
    end: number,
    limits: HeaderLimits,
    into: HeaderList,
  ): 'compression' | undefined {
    const { changes } = this.#table
    const known = this.#owedUpdate < 0 ? this.#memo.recall(bytes, start, end, changes, limits) : undefined
    if (known !== undefined) {
      into.copy(known.list)
      for (const entry of known.inserted) this.#table.insert(entry)
      return undefined
    }
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#depends = false
    if (this.#inserted.length > 0) this.#inserted = []
    this.#builder.begin(limits, into)
    if (!this.#readUpdates()) return 'compression'
    while (this.#at < end) if (!this.#readField()) return 'compression'
    this.#builder.finish()
    if (into.fault !== 'none') return undefined
    const validFor = this.#depends ? changes : always
    if (changes === this.#table.changes) this.#memo.keep(bytes, start, end, validFor, limits, into, none)
    else if (!this.#depends) this.#keepInserting(bytes, start, end, limits, into)
    return undefined
  }

  /**
   * Some peers (nginx) have all their lines put into the table and never refer to them: such a block says the same whatever the
   * table holds. The first one of a length is not kept, since others begin with one such block and never repeat it.
   */
  #keepInserting(bytes: Buffer, start: number, end: number, limits: HeaderLimits, list: HeaderList): void {
    const repeats = this.#insertingLength === end - start
    this.#insertingLength = end - start
    if (repeats) this.#memo.keep(bytes, start, end, always, limits, list, this.#inserted)
  }

  /** Size updates stand in front of the first field only. */
  #readUpdates(): boolean {
    while (this.#at < this.#end && ((this.#bytes[this.#at] ?? 0) & 0xe0) === 0x20) {
      this.#depends = true
      const capacity = this.#readInteger(31)
      if (capacity < 0 || capacity > this.#most) return false
      if (capacity <= this.#owedUpdate) this.#owedUpdate = -1
      this.#table.resize(capacity)
    }
    return this.#owedUpdate < 0
  }

  #readField(): boolean {
    const byte = this.#bytes[this.#at] ?? 0
    if (byte < 0x80) {
      if (byte >= 0x40) return this.#readIndexedLiteral()
      return byte < 0x20 && this.#readPlainLiteral()
    }
    const entry = this.#entryAt(this.#readInteger(127))
    if (entry === undefined) return false
    this.#builder.add(entry)
    return true
  }

  /** RFC 7541 §6.2.1. */
  #readIndexedLiteral(): boolean {
    const entry = this.#readLiteral(63, Math.max(this.#builder.room, this.#table.capacity, shortString))
    if (entry === 'broken') return false
    if (entry === 'large') {
      this.#table.clear()
      return true
    }
    this.#table.insert(entry)
    this.#inserted.push(entry)
    this.#builder.add(entry)
    return true
  }

  /** RFC 7541 §6.2.2, §6.2.3. */
  #readPlainLiteral(): boolean {
    const entry = this.#readLiteral(15, Math.max(this.#builder.room, shortString))
    if (entry === 'broken') return false
    if (entry !== 'large') this.#builder.add(entry)
    return true
  }

  #entryAt(index: number): FieldEntry | undefined {
    if (index >= firstDynamic) this.#depends = true
    return this.#table.at(index)
  }

  /** @param most bytes of a name or value that is of any use; a field with a longer one is only counted, as `'large'`. */
  #readLiteral(prefix: number, most: number): FieldEntry | 'large' | 'broken' {
    const index = this.#readInteger(prefix)
    const known = index === 0 ? undefined : this.#entryAt(index)
    if (known === undefined && (index !== 0 || !this.#readString())) return 'broken'
    const nameLength = known === undefined ? this.#to - this.#from : known.name.length
    const name = known?.name ?? (nameLength > most ? '' : this.#text())
    if (!this.#readString()) return 'broken'
    const valueLength = this.#to - this.#from
    if (nameLength > most || valueLength > most) {
      this.#builder.addTooLarge(nameLength + valueLength + fieldOverhead)
      return 'large'
    }
    return fieldEntry(name, known?.nameKind ?? kindOfName(name), this.#text())
  }

  /** Reads a string literal to `#source`, without making it one; false when it is broken (RFC 7541 §5.2). */
  #readString(): boolean {
    if (this.#at >= this.#end) return false
    const isHuffman = (this.#bytes[this.#at] ?? 0) >= 0x80
    const length = this.#readInteger(127)
    const start = this.#at
    if (length < 0 || length > this.#end - start) return false
    this.#at = start + length
    if (!isHuffman) {
      this.#source = this.#bytes
      this.#from = start
      this.#to = start + length
      return true
    }
    const size = decodeHuffman(this.#bytes, start, start + length)
    this.#source = decoded()
    this.#from = 0
    this.#to = size
    return size >= 0
  }

  #text(): string {
    return this.#from === this.#to ? '' : this.#source.toString('latin1', this.#from, this.#to)
  }

  /** @param prefix all ones; what the first byte holds beside it is not looked at. -1 when it is cut off or too large. */
  #readInteger(prefix: number): number {
    const bytes = this.#bytes
    let value = (bytes[this.#at++] ?? 0) & prefix
    if (value < prefix) return value
    for (let shift = 0; shift < mostIntegerBytes * 7; shift += 7) {
      if (this.#at >= this.#end) return -1
      const byte = bytes[this.#at++] ?? 0
      value += (byte & 127) << shift
      if (byte < 128) return value
    }
    return -1
  }
}
