import { type Refusal, refusal } from './refusal.ts'

/** What `push` returns when the head is not complete yet. */
export const needMore = -1
/** What `push` returns when it never will be: `refusal` says why. */
export const refused = -2

/** Bytes; 0 is no limit. `line` is the first line without its CRLF, `head` everything behind that line. */
export interface HeadLimits {
  readonly line: number
  readonly head: number
}

/** So many empty lines before a request are forgiven (RFC 9112 §2.2 asks for at least one). */
const mostEmptyLines = 4
/** How far the first look goes: nearly every head is complete within. */
const firstLook = 2048
const carriageReturn = 13
const lineFeed = 10
const blankLine = '\r\n\r\n'
/** A control, a LF without its CR, a CR without its LF: what no head ever holds. */
export const visibleFault = /[^\t\r\n\x20-\x7e\x80-\xff]|[^\r]\n|\r[^\n]/
const requestLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP\/[0-9]\.[0-9]$/
const statusLine = /^HTTP\/[0-9]\.[0-9] [0-9]{3}(?: |$)/

/**
 * Finds the heads of messages in arriving bytes. One per connection, used again for every message.
 *
 * What can be seen to be wrong is refused at once, so that a peer that sends bare LFs gets its answer instead of a timeout.
 * A head that arrives in one read is never copied but into its string.
 */
export class HeadReader {
  /** The head, including the empty line; valid when `push` returned an index, until the next `push`. */
  text = ''
  refusal: Refusal | undefined = undefined
  readonly #kind: 'request' | 'response'
  readonly #line: number
  readonly #head: number
  /** The shortest head that can break a limit. */
  readonly #small: number
  #held = ''
  #tail = ''
  #lineLength = -1
  #emptyLines = 0
  #halfEmptyLine = false

  constructor(kind: 'request' | 'response', limits: HeadLimits) {
    this.#kind = kind
    this.#line = limits.line === 0 ? Number.POSITIVE_INFINITY : limits.line
    this.#head = limits.head === 0 ? Number.POSITIVE_INFINITY : limits.head
    this.#small = Math.min(this.#line, this.#head)
  }

  /** Whether no byte of a head is held; empty lines before a request do not count. */
  get empty(): boolean {
    return this.#held === ''
  }

  /** Forgets what it holds, for the next connection or after a message was given up. */
  reset(): void {
    this.text = ''
    this.refusal = undefined
    this.#forget()
  }

  /**
   * Takes the bytes of `buffer` from `start` to `end`.
   *
   * @returns the index right behind the head, `needMore` (all bytes are taken) or `refused`.
   */
  push(buffer: Buffer, start: number, end: number): number {
    let from = start
    if (this.#held === '') {
      if (this.#kind === 'request' && (this.#halfEmptyLine || isLineEnd(buffer[from]))) {
        from = this.#skipEmptyLines(buffer, start, end)
        if (from < 0 || from === end) return from < 0 ? refused : needMore
      }
      const found = this.#look(buffer, from, end)
      if (found !== needMore) return found
    }
    return from === end ? needMore : this.#hold(buffer, from, end)
  }

  /** Most heads arrive whole. */
  #look(buffer: Buffer, from: number, end: number): number {
    const text = buffer.toString('latin1', from, Math.min(end, from + firstLook))
    const length = text.indexOf(blankLine) + 4
    if (length < 4) return needMore
    this.text = length === text.length ? text : text.slice(0, length)
    this.#emptyLines = 0
    return length > this.#small && !this.#isWithinLimits(this.text) ? refused : from + length
  }

  /** The road of heads that span reads or are long. */
  #hold(buffer: Buffer, from: number, end: number): number {
    const room = this.#line + this.#head + 6 - this.#held.length
    const piece = buffer.toString('latin1', from, Math.min(end, from + room))
    const joint = this.#tail + piece
    const at = joint.indexOf(blankLine)
    if (at >= 0) {
      const used = at + 4 - this.#tail.length
      this.text = this.#held + piece.slice(0, used)
      this.#forget()
      return this.#isWithinLimits(this.text) ? from + used : refused
    }
    if (this.#held === '' && piece.charCodeAt(0) === lineFeed) return this.#refuse('near', piece)
    this.#held += piece
    this.#tail = joint.slice(-3)
    const fault = visibleFault.exec(joint)
    if (fault !== null) return this.#refuse('near', joint.slice(Math.max(0, fault.index - 20)))
    return this.#isStartGood() && this.#isWithinLimits(this.#held) ? needMore : refused
  }

  /** Whether the first line, as soon as it is there, is one of HTTP/1. */
  #isStartGood(): boolean {
    if (this.#lineLength >= 0) return true
    const length = this.#held.indexOf('\r\n')
    if (length < 0) return true
    this.#lineLength = length
    const line = this.#held.slice(0, length)
    if ((this.#kind === 'request' ? requestLine : statusLine).test(line) || length > this.#line) return true
    this.#refuse('first line', line)
    return false
  }

  #isWithinLimits(text: string): boolean {
    const found = text.indexOf('\r\n')
    const lineLength = found >= 0 ? found : text.endsWith('\r') ? text.length - 1 : text.length
    if (lineLength > this.#line) {
      const reason = this.#kind === 'request' ? 'uri_too_long' : 'upstream_head_too_large'
      this.refusal = refusal(reason, `line longer than ${this.#line} bytes:`, text)
    } else if (text.length - lineLength - 2 > this.#head) {
      const reason = this.#kind === 'request' ? 'head_too_large' : 'upstream_head_too_large'
      this.refusal = { reason, detail: `header fields longer than ${this.#head} bytes` }
    } else return true
    return false
  }

  #skipEmptyLines(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && (this.#halfEmptyLine || isLineEnd(buffer[at]))) {
      const isLineFeed = buffer[at] === lineFeed
      if (isLineFeed !== this.#halfEmptyLine) return this.#refuse('empty line before', 'CR or LF alone')
      if (isLineFeed) this.#emptyLines++
      if (this.#emptyLines > mostEmptyLines) return this.#refuse('empty lines before', 'the request')
      this.#halfEmptyLine = !isLineFeed
      at++
    }
    return at
  }

  #refuse(what: string, value: string): number {
    this.refusal = refusal(
      this.#kind === 'request' ? 'bad_request_line' : 'upstream_bad_response',
      what,
      value,
    )
    return refused
  }

  #forget(): void {
    this.#held = ''
    this.#tail = ''
    this.#lineLength = -1
    this.#emptyLines = 0
    this.#halfEmptyLine = false
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === carriageReturn || byte === lineFeed
}
