import { describeBroken, type FieldEntry, fieldKinds } from './field-entry.ts'
import { type HeaderLimits, HeaderList, pseudoBits } from './header-list.ts'

const { regular, cookie, te, broken, firstPseudo } = fieldKinds
/** Between cookie crumbs (RFC 9113 §8.2.3). */
const separator = '; '
/** Larger lists are not kept to be compared with: an idle connection must stay small. */
const mostKept = 4096

/** Puts fields together to a `HeaderList`, within limits; behind a fault it only counts. Used again for every block. */
export class ListBuilder {
  /** Bytes that the limit leaves; 0 behind a fault. A name or a value that is longer need not become a string. */
  room = 0
  #list = new HeaderList()
  #limits: HeaderLimits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }
  #lines: string[] = []
  #count = 0
  #crumbs = 0
  #cookie = ''
  #cookieAt = 0
  #lastLines: string[] = []
  #lastCount = 0
  #lastFields = ''

  begin(limits: HeaderLimits, into: HeaderList): void {
    into.clear()
    this.#list = into
    this.#limits = limits
    this.room = limits.bytes === 0 ? Number.POSITIVE_INFINITY : limits.bytes
    this.#count = 0
    this.#crumbs = 0
    this.#cookie = ''
  }

  add(entry: FieldEntry): void {
    const list = this.#list
    list.size += entry.size
    if (list.fault !== 'none') return
    const { kind } = entry
    if (kind === regular || kind === te) this.#addLine(entry)
    else if (kind >= firstPseudo) this.#addPseudo(entry)
    else if (kind === cookie) this.#addCrumb(entry)
    else if (kind === broken) this.#blame(describeBroken(entry))
  }

  /** Counts a field whose name or value is longer than `room` and was not decoded for that. */
  addTooLarge(size: number): void {
    this.#list.size += size
    this.#blameExcess('bytes', `header list larger than ${this.#limits.bytes} bytes`)
  }

  /** Gives the list its lines: the string of the list before, when they are the same. */
  finish(): void {
    if (this.#crumbs > 1 && this.#cookieAt < this.#count)
      this.#lines[this.#cookieAt] = `cookie: ${this.#cookie}\r\n`
    this.#list.fields = this.#repeats() ? this.#lastFields : this.#joined()
  }

  #addLine(entry: FieldEntry): void {
    if (!this.#takes(entry.size)) return
    const { fields } = this.#limits
    if (fields > 0 && this.#count === fields)
      return this.#blameExcess('fields', `more than ${fields} header fields`)
    this.#lines[this.#count++] = entry.line
  }

  #addPseudo({ kind, name, value, size }: FieldEntry): void {
    const list = this.#list
    const bit = 1 << (kind - firstPseudo)
    if (this.#count > 0) return this.#blame(`pseudo field "${name}" behind a field`)
    if ((list.pseudo & bit) !== 0) return this.#blame(`pseudo field "${name}" twice`)
    if (!this.#takes(size)) return
    list.pseudo |= bit
    this.#setPseudo(bit, value)
  }

  /** A property by a computed name would cost more than all the rest. */
  #setPseudo(bit: number, value: string): void {
    const list = this.#list
    if (bit === pseudoBits.path) list.path = value
    else if (bit === pseudoBits.method) list.method = value
    else if (bit === pseudoBits.scheme) list.scheme = value
    else if (bit === pseudoBits.authority) list.authority = value
    else if (bit === pseudoBits.status) list.status = value
    else list.protocol = value
  }

  #addCrumb(entry: FieldEntry): void {
    const { crumbs, cookieBytes } = this.#limits
    const { value } = entry
    if (++this.#crumbs > crumbs && crumbs > 0)
      return this.#blameExcess('fields', `more than ${crumbs} cookie crumbs`)
    const before = this.#cookie.length + (this.#crumbs === 1 ? 0 : separator.length)
    if (before + value.length > cookieBytes && cookieBytes > 0)
      return this.#blameExcess('bytes', `cookie larger than ${cookieBytes} bytes`)
    if (this.#crumbs === 1) {
      this.#cookieAt = this.#count
      this.#cookie = value
      this.#addLine(entry)
    } else if (this.#takes(value.length + separator.length)) this.#cookie += separator + value
  }

  #takes(size: number): boolean {
    this.room -= size
    if (this.room >= 0) return true
    this.#blameExcess('bytes', `header list larger than ${this.#limits.bytes} bytes`)
    return false
  }

  #blame(detail: string): void {
    this.#list.blame('malformed', detail)
    this.room = 0
  }

  #blameExcess(excess: 'fields' | 'bytes', detail: string): void {
    this.#list.blame('too_large', detail, excess)
    this.room = 0
  }

  #repeats(): boolean {
    const lines = this.#lines
    const last = this.#lastLines
    if (this.#count !== this.#lastCount) return false
    for (let i = 0; i < this.#count; i++) if (lines[i] !== last[i]) return false
    return true
  }

  #joined(): string {
    let fields = ''
    for (let i = 0; i < this.#count; i++) fields += this.#lines[i] ?? ''
    const spare = this.#lastLines
    this.#lastLines = this.#lines
    this.#lastCount = this.#count
    this.#lastFields = fields
    this.#lines = spare
    if (fields.length > mostKept) this.#forget()
    return fields
  }

  #forget(): void {
    this.#lines = []
    this.#lastLines = []
    this.#lastCount = 0
    this.#lastFields = ''
  }
}
