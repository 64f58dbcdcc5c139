import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'
import { sortTrailers } from './trailers.ts'

/** Where a body goes. The buffer is the caller's: use it, or copy it, before returning. */
export interface BodySink {
  onBodyData(buffer: Buffer, start: number, end: number): void
  /** Once, at the end of a body that was not over from the start. `trailers`: lines that may travel on, `""` usually. */
  onBodyEnd(trailers: string): void
}

/** 0 is no limit. `chunkAverage` holds from the 1,001st chunk. */
export interface BodyLimits {
  /** Bytes per chunk, and per message. */
  readonly chunkExtension: number
  readonly chunkExtensions: number
  readonly chunkAverage: number
  readonly trailerFields: number
  readonly trailers: number
}

/** So many small chunks are nobody's business. */
const freeChunks = 1000
/** RFC 9112 §7.1 wants overflow detected; 16 digits hold every size that is counted exactly. */
const mostSizeDigits = 16

const carriageReturn = 13
const lineFeed = 10
const semicolon = 59
const quote = 34
const backslash = 92

const state = {
  over: 0,
  length: 1,
  untilClose: 2,
  /** Chunked, by what comes next. */
  size: 3,
  extensionName: 4,
  extensionValue: 5,
  extensionQuoted: 6,
  extensionEscape: 7,
  extensionQuoteEnd: 8,
  sizeLineFeed: 9,
  data: 10,
  dataReturn: 11,
  dataLineFeed: 12,
  trailers: 13,
} as const

/** Takes the body of a message out of arriving bytes, either side. Used again for every message. */
export class BodyDecoder {
  refusal: Refusal | undefined = undefined
  /** Payload bytes so far. */
  bytes = 0
  #state: number = state.over
  #left = 0
  #limits: BodyLimits
  #side: 'request' | 'response' = 'request'
  #announced = ''
  #digits = 0
  #chunks = 0
  #extension = 0
  #extensions = 0
  /** Characters of the extension name or value that is being read. */
  #part = 0
  #trailers = ''

  constructor() {
    this.#limits = { chunkExtension: 0, chunkExtensions: 0, chunkAverage: 0, trailerFields: 0, trailers: 0 }
  }

  /** Whether the body is complete. */
  get done(): boolean {
    return this.#state === state.over
  }

  /**
   * Starts a body. With `none`, or a length of 0, it is over at once and `onBodyEnd` is not called.
   *
   * @param announced the value of the message's `Trailer` field: those names may pass as trailers.
   */
  begin(
    kind: 'none' | 'length' | 'chunked' | 'close',
    length: number,
    limits: BodyLimits,
    side: 'request' | 'response',
    announced = '',
  ): void {
    this.refusal = undefined
    this.bytes = 0
    this.#limits = limits
    this.#side = side
    this.#announced = announced
    this.#left = kind === 'length' ? length : 0
    this.#digits = 0
    this.#chunks = 0
    this.#extension = 0
    this.#extensions = 0
    this.#trailers = ''
    if (kind === 'chunked') this.#state = state.size
    else if (kind === 'close') this.#state = state.untilClose
    else this.#state = this.#left > 0 ? state.length : state.over
  }

  /**
   * Takes the bytes of `buffer` from `start` to `end`.
   *
   * @returns the index of the first byte behind the body, `end` when more is needed (see `done`), or -1 with `refusal`.
   */
  push(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    let at = start
    while (at < end) {
      switch (this.#state) {
        case state.over:
          return at
        case state.length:
        case state.untilClose:
        case state.data:
          at = this.#data(buffer, at, end, sink)
          break
        case state.trailers:
          at = this.#trailer(buffer, at, end, sink)
          break
        default:
          at = this.#line(buffer, at, end)
      }
      if (at < 0) return -1
    }
    return at
  }

  /** The peer has ended the stream: true when the body may end there, which then is done and has told the sink. */
  finish(sink: BodySink): boolean {
    if (this.#state === state.untilClose) {
      this.#state = state.over
      sink.onBodyEnd('')
    }
    return this.done
  }

  #data(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    const untilClose = this.#state === state.untilClose
    const to = untilClose ? end : Math.min(end, start + this.#left)
    this.bytes += to - start
    this.#left -= to - start
    const isLast = !untilClose && this.#left === 0
    if (isLast) this.#state = this.#state === state.length ? state.over : state.dataReturn
    sink.onBodyData(buffer, start, to)
    if (isLast && this.#state === state.over) sink.onBodyEnd('')
    return to
  }

  /** The lines around chunks, byte by byte. */
  #line(buffer: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = buffer[at] ?? 0
      if (!this.#step(byte)) return this.refusal === undefined ? this.#refuse('at', buffer, at) : -1
      if (this.#state === state.data || this.#state === state.trailers) return at + 1
    }
    return end
  }

  /** One byte of a size line or of the end of a chunk; false when it has no place there. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case state.size:
        return this.#size(byte)
      case state.sizeLineFeed:
        return byte === lineFeed && this.#startChunk()
      case state.dataReturn:
        this.#state = state.dataLineFeed
        return byte === carriageReturn
      case state.dataLineFeed:
        this.#state = state.size
        this.#digits = 0
        this.#left = 0
        return byte === lineFeed
      default:
        return this.#extend(byte)
    }
  }

  #size(byte: number): boolean {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit
      return ++this.#digits <= mostSizeDigits && this.#left <= Number.MAX_SAFE_INTEGER
    }
    if (this.#digits === 0) return false
    this.#extension = 0
    if (byte === semicolon) return this.#enter(state.extensionName)
    this.#state = state.sizeLineFeed
    return byte === carriageReturn
  }

  /** Extensions are read and dropped: `;name`, `;name=token`, `;name="text"`, no white space (RFC 9112 §7.1.1). */
  #extend(byte: number): boolean {
    this.#extension++
    this.#extensions++
    const { chunkExtension, chunkExtensions } = this.#limits
    if (chunkExtension > 0 && this.#extension > chunkExtension) return false
    if (chunkExtensions > 0 && this.#extensions > chunkExtensions) return false
    switch (this.#state) {
      case state.extensionName:
        if (byte === 61 && this.#part > 0) return this.#enter(state.extensionValue)
        return this.#token(byte)
      case state.extensionValue:
        if (byte === quote && this.#part === 0) return this.#enter(state.extensionQuoted)
        return this.#token(byte)
      case state.extensionQuoted:
        if (byte === quote) return this.#enter(state.extensionQuoteEnd)
        if (byte === backslash) return this.#enter(state.extensionEscape)
        return isText(byte)
      case state.extensionEscape:
        return this.#enter(state.extensionQuoted) && isText(byte)
      default:
        this.#part = 1
        return byte === semicolon || byte === carriageReturn ? this.#token(byte) : false
    }
  }

  /** A byte of a token, or what ends it. */
  #token(byte: number): boolean {
    if (isTokenByte(byte)) return ++this.#part > 0
    if (this.#part === 0) return false
    if (byte === semicolon) return this.#enter(state.extensionName)
    this.#state = state.sizeLineFeed
    return byte === carriageReturn
  }

  #enter(next: number): boolean {
    this.#state = next
    this.#part = 0
    return true
  }

  #startChunk(): boolean {
    if (this.#left === 0) {
      this.#state = state.trailers
      return true
    }
    this.#state = state.data
    if (++this.#chunks <= freeChunks || this.bytes >= this.#chunks * this.#limits.chunkAverage) return true
    this.refusal = {
      reason: this.#side === 'request' ? 'bad_chunk' : 'upstream_bad_response',
      detail: `${this.#chunks} chunks for ${this.bytes} bytes`,
    }
    return false
  }

  /** Behind the last chunk: usually the empty line alone. */
  #trailer(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    if (this.#trailers === '' && buffer[start] === carriageReturn && start + 1 < end) {
      return buffer[start + 1] === lineFeed
        ? this.#end(start + 2, '', sink)
        : this.#refuse('trailers', buffer, start)
    }
    const room = this.#limits.trailers > 0 ? this.#limits.trailers + 4 - this.#trailers.length : end - start
    const before = this.#trailers.length
    const text = this.#trailers + buffer.toString('latin1', start, Math.min(end, start + room))
    const isEmpty = text.startsWith('\r\n')
    const found = isEmpty ? -2 : text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (isEmpty || found >= 0) return this.#sorted(text.slice(0, found + 4), start + found + 4 - before, sink)
    if (
      /[^\t\r\n\x20-\x7e\x80-\xff]|[^\r]\n|\r[^\n]/.test(text.slice(Math.max(0, before - 1))) ||
      text === '\n'
    ) {
      return this.#refuse('trailers', buffer, start)
    }
    this.#trailers = text
    if (this.#limits.trailers === 0 || text.length <= this.#limits.trailers) return end
    return this.#refuseTrailers(`longer than ${this.#limits.trailers} bytes`)
  }

  #sorted(section: string, next: number, sink: BodySink): number {
    const { trailers, trailerFields } = this.#limits
    if (trailers > 0 && section.length - 2 > trailers)
      return this.#refuseTrailers(`longer than ${trailers} bytes`)
    const verdict = sortTrailers(section, this.#announced)
    if (verdict.kind === 'broken') {
      this.refusal = refusal(
        this.#side === 'request' ? 'bad_chunk' : 'upstream_bad_response',
        verdict.what,
        verdict.value,
      )
      return -1
    }
    if (trailerFields > 0 && verdict.count > trailerFields)
      return this.#refuseTrailers(`more than ${trailerFields}`)
    return this.#end(next, verdict.lines, sink)
  }

  #end(next: number, trailers: string, sink: BodySink): number {
    this.#state = state.over
    this.#trailers = ''
    sink.onBodyEnd(trailers)
    return next
  }

  #refuseTrailers(detail: string): number {
    const reason = this.#side === 'request' ? 'trailers_too_large' : 'upstream_bad_response'
    this.refusal = { reason, detail: `trailers ${detail}` }
    return -1
  }

  #refuse(what: string, buffer: Buffer, at: number): number {
    const near = buffer.toString('latin1', Math.max(0, at - 8), at + 8)
    this.refusal = refusal(this.#side === 'request' ? 'bad_chunk' : 'upstream_bad_response', what, near)
    return -1
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** RFC 9110 §5.6.2, as a table. */
const tokenBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

function isTokenByte(byte: number): boolean {
  return tokenBytes[byte] === 1
}

function isText(byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte !== 127)
}
