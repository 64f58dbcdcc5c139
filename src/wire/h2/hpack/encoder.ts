import { trimmed } from '../../../http/field-block.ts'
import type { ByteWriter } from './byte-writer.ts'
import { EncodedMemo } from './encoded-memo.ts'
import { EncoderTable, staticNameIndex } from './encoder-table.ts'
import { type Indexing, indexingOf } from './indexing.ts'
import { type KnownLine, LineMemo } from './line-memo.ts'
import { writeInteger, writeString } from './literal.ts'
import { PseudoMemo, type RequestPseudo } from './pseudo-memo.ts'
import { fieldOverhead } from './static-table.ts'

export type { RequestPseudo } from './pseudo-memo.ts'

/** What a decoder starts with until it hears otherwise (RFC 9113 §6.5.2). */
const firstTable = 4096
/** Longer lines are not kept to be compared with: an idle connection must stay small. */
const mostKeptLine = 256
/** Tables above it take memory of ours for what peers hardly repeat. */
const largestTable = 4096

/**
 * Encodes the header blocks of one connection (RFC 7541); they must be sent in the order they were encoded. Names may come in
 * any case and leave in lower case; the lines must be valid and free of connection fields.
 */
export class HpackEncoder {
  readonly #own: number
  readonly #table = new EncoderTable(firstTable)
  readonly #memo = new EncodedMemo()
  readonly #pseudoMemo = new PseudoMemo()
  #lines: LineMemo | undefined = undefined
  /** Capacities to be told in front of the next block: the smallest since the last one, and the one that holds; -1 is none. */
  #lowest = -1
  #owed = -1
  /** The last one, since most requests of a connection say the same. */
  #authority = ''
  #authorityLine = ':authority: '

  /** @param tableBytes the most that the table may take, whatever the peer allows; at most 4096. */
  constructor(tableBytes: number) {
    this.#own = Math.min(tableBytes, largestTable)
    if (this.#own < firstTable) this.setPeerTable(firstTable)
  }

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE; call it before the settings are acknowledged. */
  setPeerTable(bytes: number): void {
    const capacity = Math.min(bytes, this.#own)
    if (capacity === (this.#owed < 0 ? this.#table.capacity : this.#owed)) return
    this.#lowest = this.#lowest < 0 ? capacity : Math.min(this.#lowest, capacity)
    this.#owed = capacity
  }

  response(status: number, fields: string, into: ByteWriter): void {
    this.#writeUpdates(into)
    if (status === 200) into.u8(0x88)
    else this.#writeLine(`:status: ${status}`, into)
    this.#writeFields(fields, into)
  }

  request(head: RequestPseudo, fields: string, into: ByteWriter): void {
    this.#writeUpdates(into)
    const { changes } = this.#table
    if (!this.#pseudoMemo.recall(head, changes, into)) {
      const start = into.length
      this.#writePseudo(head, into)
      if (changes === this.#table.changes) this.#pseudoMemo.keep(head, changes, into, start)
    }
    this.#writeFields(fields, into)
  }

  trailers(fields: string, into: ByteWriter): void {
    this.#writeUpdates(into)
    this.#writeFields(fields, into)
  }

  #writeUpdates(into: ByteWriter): void {
    if (this.#owed < 0) return
    if (this.#lowest < this.#owed) this.#writeUpdate(this.#lowest, into)
    this.#writeUpdate(this.#owed, into)
    this.#lowest = -1
    this.#owed = -1
  }

  #writeUpdate(capacity: number, into: ByteWriter): void {
    writeInteger(0x20, 31, capacity, into)
    this.#table.resize(capacity)
  }

  #writePseudo(head: RequestPseudo, into: ByteWriter): void {
    if (head.method === 'GET') into.u8(0x82)
    else this.#writeLine(`:method: ${head.method}`, into)
    const isWhole = head.method !== 'CONNECT' || head.protocol !== ''
    if (isWhole) this.#writeLine(head.scheme === 'https' ? ':scheme: https' : `:scheme: ${head.scheme}`, into)
    if (head.protocol !== '') this.#writeLine(`:protocol: ${head.protocol}`, into)
    this.#writeAuthority(head.authority, into)
    if (isWhole) this.#writePath(head.path, into)
  }

  #writeAuthority(authority: string, into: ByteWriter): void {
    if (authority !== this.#authority) {
      this.#authority = authority
      this.#authorityLine = `:authority: ${authority}`
    }
    this.#writeLine(this.#authorityLine, into)
  }

  /** `:path` changes with every request: no key is made of it. */
  #writePath(path: string, into: ByteWriter): void {
    if (path === '/') return into.u8(0x84)
    into.u8(0x04)
    writeString(path, into)
  }

  #writeFields(fields: string, into: ByteWriter): void {
    const { changes } = this.#table
    if (fields === '' || this.#memo.recall(fields, changes, into)) return
    const from = into.length
    for (let start = 0; start < fields.length; ) {
      const end = fields.indexOf('\r', start)
      if (end < 0) break
      this.#writeField(fields, start, end, into)
      start = end + 2
    }
    if (changes === this.#table.changes) this.#memo.keep(fields, changes, into, from)
  }

  /** Writes a line as `#writeLine` does, without a look-up where the last line of its name tells how. */
  #writeField(fields: string, start: number, end: number, into: ByteWriter): void {
    const colon = fields.indexOf(':', start + 1)
    const known = this.#lines?.at(fields, start, colon)
    if (known === undefined) return this.#writeUnknown(fields.slice(start, end), undefined, into)
    if (known.line.length === end - start && known.line === fields.slice(start, end)) {
      const index = this.#table.indexOf(known.reference)
      if (index > 0) return writeInteger(0x80, 127, index, into)
    }
    const isNamed = known.name === fields.slice(start, colon)
    if (isNamed && known.indexing !== undefined) writeLiteral(known, trimmed(fields, colon + 1, end), into)
    else this.#writeUnknown(fields.slice(start, end), isNamed ? known : undefined, into)
  }

  /** @param known the name, if it is known. */
  #writeUnknown(line: string, known: KnownLine | undefined, into: ByteWriter): void {
    this.#writeLine(line, into)
    this.#lines ??= new LineMemo()
    const kept = known ?? this.#lines.learn(line)
    if (kept === undefined) return
    const { reference } = this.#table
    const isKept = reference !== 0 && line.length <= mostKeptLine
    kept.line = isKept ? line : ''
    kept.reference = isKept ? reference : 0
  }

  /** @param line `name: value`, without its end. */
  #writeLine(line: string, into: ByteWriter): void {
    const index = this.#table.find(line)
    if (index > 0) writeInteger(0x80, 127, index, into)
    else this.#writeNewLine(line, into)
  }

  #writeNewLine(line: string, into: ByteWriter): void {
    const nameEnd = line.indexOf(':', 1)
    const name = line.slice(0, nameEnd).toLowerCase()
    const value = trimmed(line, nameEnd + 1, line.length)
    const indexing = this.#indexingOf(name, value)
    const nameIndex = staticNameIndex(name)
    if (indexing === 'index') writeInteger(0x40, 63, nameIndex, into)
    else writeInteger(indexing === 'never' ? 0x10 : 0, 15, nameIndex, into)
    if (nameIndex === 0) writeString(name, into)
    writeString(value, into)
    if (indexing === 'index') this.#table.insert(line, name.length + value.length)
  }

  /** A line that took most of the table would push all others out. */
  #indexingOf(name: string, value: string): Indexing {
    const indexing = indexingOf(name, value)
    const size = name.length + value.length + fieldOverhead
    return indexing === 'index' && size * 2 > this.#table.capacity ? 'literal' : indexing
  }
}

/** Writes a value that is in no table, under a name that never has one there. */
function writeLiteral(known: KnownLine, value: string, into: ByteWriter): void {
  writeInteger(known.indexing === 'never' ? 0x10 : 0, 15, known.nameIndex, into)
  if (known.nameIndex === 0) writeString(known.lowerName, into)
  writeString(value, into)
}
