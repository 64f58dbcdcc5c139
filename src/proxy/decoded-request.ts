import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import type { BodyDecoding } from '../filters/decompress.ts'
import { fieldsOfBytes } from '../http/content-coding.ts'
import { withoutFields } from '../http/field-block.ts'
import { replayBytes } from '../model/cluster.ts'
import type { RequestCoding } from '../model/filters/decompress.ts'
import type { Bytes } from '../std/units.ts'
import type { Exchange } from './exchange.ts'
import { giveUp } from './retry.ts'
import { completeUpload, forwardData } from './upload.ts'

/** What may wait for the threads of zlib before the client has to. */
const mostWaiting: Bytes = 128 * 1024
/** A body may become so large whatever it came from. */
const alwaysFine: Bytes = 64 * 1024

/**
 * Takes the content codings off a request's body, between the client and whatever comes behind: upload, retries, filters that look
 * at bodies, extensions. In the threads of zlib, with backpressure to both sides.
 */
export class DecodedRequest {
  /** The plain body is complete. */
  isComplete = false
  readonly #exchange: Exchange
  readonly #decoding: BodyDecoding
  readonly #first: Transform
  readonly #last: Transform
  readonly #streams: readonly Transform[]
  #waiting: Bytes = 0
  #came: Bytes = 0
  /** What came out of each stream: of an inner coding made of nothing too, the work is done. */
  readonly #made: Bytes[]
  #isOver = false

  /** From now on; what came of the body before is kept, and taken over. */
  constructor(exchange: Exchange, decoding: BodyDecoding) {
    this.#exchange = exchange
    this.#decoding = decoding
    const [outer, ...inner] = decoding.codings.map((coding) => openers[coding]())
    if (outer === undefined) throw new Error('a body without a coding is plain')
    this.#streams = [outer, ...inner]
    this.#made = this.#streams.map(() => 0)
    this.#first = outer
    this.#last = inner.reduce((before, stream) => before.pipe(stream), outer)
    for (const [i, stream] of this.#streams.entries()) {
      stream.on('error', (error) => this.#contained(() => this.#fail(error)))
      stream.on('data', (part: Buffer) => this.#contained(() => this.#count(i, part.length)))
    }
    this.#last.on('data', (part: Buffer) => this.#contained(() => this.#forward(part)))
    this.#last.on('end', () => this.#contained(() => this.#complete()))
    this.#takeKept()
  }

  /** A part has come as the client sent it. */
  data(buffer: Buffer, start: number, end: number): void {
    if (this.#isOver) return
    const bytes = end - start
    this.#came += bytes
    this.#waiting += bytes
    // The threads read it later.
    this.#first.write(Buffer.from(buffer.subarray(start, end)), () => this.#taken(bytes))
    if (this.#waiting > mostWaiting) this.#exchange.source?.pauseBody()
  }

  /** The client has sent everything. A body of nothing has no coding to take off, however its length was told. */
  end(): void {
    if (this.#isOver) return
    if (this.#came === 0) this.#complete()
    else this.#first.end()
  }

  /** Whatever stood in the way behind takes more. */
  resume(): void {
    if (this.#isOver) return
    this.#last.resume()
    if (this.#waiting <= mostWaiting) this.#exchange.source?.resumeBody()
  }

  /** The exchange is over, however it came to it. */
  stop(): void {
    this.#isOver = true
    for (const stream of this.#streams) stream.destroy()
  }

  #takeKept(): void {
    const exchange = this.#exchange
    const parts = exchange.kept.splice(0)
    exchange.keptBytes = 0
    for (const part of parts) this.data(part, 0, part.length)
    if (exchange.requestComplete) this.end()
  }

  #taken(bytes: Bytes): void {
    this.#waiting -= bytes
    if (!this.#isOver && this.#waiting <= mostWaiting / 2) this.#exchange.source?.resumeBody()
  }

  /** Ends the exchange when too much has come out of a stream; what it has to hand on is dropped with it. */
  #count(stream: number, bytes: Bytes): void {
    const made = (this.#made[stream] ?? 0) + bytes
    this.#made[stream] = made
    const { limit, ratio } = this.#decoding
    if (limit > 0 && made > limit)
      giveUp(this.#exchange, 'decompressed_too_large', `more than ${limit} bytes`)
    else if (ratio > 0 && made > alwaysFine && made > ratio * this.#came)
      giveUp(this.#exchange, 'decompressed_too_large', `more than ${ratio} times as large as it came`)
  }

  #forward(part: Buffer): void {
    const exchange = this.#exchange
    const { runtime } = exchange
    if (runtime === undefined) return
    const held = exchange.isCall ? 0 : runtime.bufferBytes
    if (held > 0 && (this.#made.at(-1) ?? 0) > held)
      return giveUp(exchange, 'body_too_large', `more than ${held} bytes`)
    forwardData(exchange, runtime, part, 0, part.length, false)
    const isSent = exchange.phase === 'sent' || exchange.phase === 'responding'
    const isFull = isSent ? exchange.connection?.flush() === 'full' : this.#holdsEnough()
    if (isFull) this.#last.pause()
  }

  /** Nothing goes on yet, and as much is kept as a request may have. A filter that waits for more of the body gets it. */
  #holdsEnough(): boolean {
    return this.#exchange.phase !== 'collecting' && this.#exchange.keptBytes >= replayBytes
  }

  #complete(): void {
    const exchange = this.#exchange
    this.isComplete = true
    // Digests there are of the bytes that came (RFC 9530 §2).
    exchange.requestTrailers = withoutFields(exchange.requestTrailers, fieldsOfBytes)
    completeUpload(exchange)
    exchange.connection?.flush()
  }

  #fail(error: Error): void {
    giveUp(this.#exchange, 'bad_coding', error.message)
  }

  /** What zlib tells comes when it likes: for an exchange that is over it is nothing, and a mistake of ours ends this one alone. */
  #contained(step: () => void): void {
    if (this.#isOver) return
    try {
      step()
    } catch (error) {
      this.#exchange.onDefect(error)
    }
  }
}

/** RFC 9659 §3: the largest window that a sender may ask for is 8 MiB. */
const zstdOptions = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }

const openers: Readonly<Record<RequestCoding, () => Transform>> = {
  gzip: createGunzip,
  br: createBrotliDecompress,
  zstd: () => createZstdDecompress(zstdOptions),
  deflate: createInflate,
}
