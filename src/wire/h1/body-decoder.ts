import { ChunkLine, chunkLineBroken, chunkLineEnds } from './chunk-line.ts'
import { type Refusal, refusal } from './refusal.ts'
import { type TrailerLimits, Trailers } from './trailers.ts'

/** Where a body goes. The buffer is the caller's: use it, or copy it, before returning. */
export interface BodySink {
  onBodyData(buffer: Buffer, start: number, end: number): void
  /** Once, at the end of a body that was not over from the start. `trailers`: lines that may travel on, `""` usually. */
  onBodyEnd(trailers: string): void
}

/** Bytes and counts; 0 is no limit. */
export interface BodyLimits extends TrailerLimits {
  /** Per chunk, and per message. */
  readonly chunkExtension: number
  readonly chunkExtensions: number
  /** Smallest average chunk once more than 1,000 came. */
  readonly chunkAverage: number
}

/** So many small chunks are nobody's business. */
const freeChunks = 1000

const carriageReturn = 13
const lineFeed = 10

const over = 0
const inLength = 1
const untilClose = 2
const inChunkLine = 3
const inChunk = 4
const atReturn = 5
const atLineFeed = 6
const inTrailers = 7

/** Takes the body of a message out of arriving bytes, on either side. Used again for every message. */
export class BodyDecoder {
  refusal: Refusal | undefined = undefined
  /** Payload bytes so far. */
  bytes = 0
  #state = over
  #left = 0
  #side: 'request' | 'response' = 'request'
  #average = 0
  #chunks = 0
  readonly #line = new ChunkLine()
  readonly #trailers = new Trailers()

  /** Whether the body is complete. */
  get done(): boolean {
    return this.#state === over
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
    this.#left = 0
    this.#side = side
    if (kind === 'chunked') {
      this.#state = inChunkLine
      this.#average = limits.chunkAverage
      this.#chunks = 0
      this.#line.reset(limits)
      this.#trailers.reset(limits, announced)
    } else if (kind === 'length' && length > 0) {
      this.#state = inLength
      this.#left = length
    } else this.#state = kind === 'close' ? untilClose : over
  }

  /**
   * Takes the bytes of `buffer` from `start` to `end`.
   *
   * @returns the index of the first byte behind the body, `end` when more is needed (see `done`), or -1 with `refusal`.
   */
  push(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    let at = start
    while (at < end && at >= 0 && this.#state !== over) {
      if (this.#state === inChunkLine) at = this.#chunkLine(buffer, at, end)
      else if (this.#state === inTrailers) at = this.#trailerSection(buffer, at, end, sink)
      else if (this.#state === atReturn || this.#state === atLineFeed) at = this.#chunkEnd(buffer, at)
      else at = this.#data(buffer, at, end, sink)
    }
    return at
  }

  /** The peer has ended its stream: true when the body may end there, which then is done and has told the sink. */
  finish(sink: BodySink): boolean {
    if (this.#state === untilClose) {
      this.#state = over
      sink.onBodyEnd('')
    }
    return this.#state === over
  }

  #data(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    const to = this.#state === untilClose ? end : Math.min(end, start + this.#left)
    this.bytes += to - start
    sink.onBodyData(buffer, start, to)
    if (this.#state === untilClose) return to
    this.#left -= to - start
    if (this.#left > 0) return to
    if (this.#state === inChunk) {
      this.#state = atReturn
      return to
    }
    this.#state = over
    sink.onBodyEnd('')
    return to
  }

  #chunkLine(buffer: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const came = this.#line.take(buffer[at] ?? 0)
      if (came === chunkLineBroken) return this.#refuse('chunk line near', buffer, at)
      if (came === chunkLineEnds) return this.#startChunk() ? at + 1 : -1
    }
    return end
  }

  #startChunk(): boolean {
    this.#left = this.#line.size
    this.#state = this.#left === 0 ? inTrailers : inChunk
    if (this.#left === 0 || ++this.#chunks <= freeChunks) return true
    if (this.bytes >= (this.#chunks - 1) * this.#average) return true
    const reason = this.#side === 'request' ? 'bad_chunk' : 'upstream_bad_response'
    this.refusal = { reason, detail: `${this.#chunks} chunks for ${this.bytes} bytes` }
    return false
  }

  #chunkEnd(buffer: Buffer, at: number): number {
    const isReturn = this.#state === atReturn
    if (buffer[at] !== (isReturn ? carriageReturn : lineFeed))
      return this.#refuse('end of chunk near', buffer, at)
    this.#state = isReturn ? atLineFeed : inChunkLine
    if (!isReturn) this.#line.next()
    return at + 1
  }

  #trailerSection(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    const used = this.#trailers.push(buffer, start, end)
    const fault = this.#trailers.fault
    if (fault !== undefined) {
      const tooLarge = fault.kind === 'large' ? 'trailers_too_large' : 'bad_chunk'
      const reason = this.#side === 'request' ? tooLarge : 'upstream_bad_response'
      this.refusal = refusal(reason, fault.what, fault.value)
      return -1
    }
    if (!this.#trailers.done) return used
    this.#state = over
    sink.onBodyEnd(this.#trailers.lines)
    return used
  }

  #refuse(what: string, buffer: Buffer, at: number): number {
    const near = buffer.toString('latin1', Math.max(0, at - 8), at + 8)
    this.refusal = refusal(this.#side === 'request' ? 'bad_chunk' : 'upstream_bad_response', what, near)
    return -1
  }
}
