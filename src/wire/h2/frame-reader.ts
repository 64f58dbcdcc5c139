import { frameHeaderBytes } from './protocol.ts'

/** What is to happen with the payload of a frame: told as one, told in pieces as it comes, or thrown away. */
export const whole = 0
export const pieces = 1
export const skip = 2

export type PayloadUse = typeof whole | typeof pieces | typeof skip

/** Who judges frames. The buffers are the reader's or the caller's: used up or copied when a method returns. */
export interface FrameSink {
  /** The header of a frame has come. For `whole` the length must have been judged: that much may be copied. */
  onFrame(type: number, flags: number, id: number, length: number): PayloadUse
  onWhole(buffer: Buffer, start: number, end: number): void
  /** A piece is never empty; pieces are told only of frames that have a payload. */
  onPiece(buffer: Buffer, start: number, end: number): void
  /** The frame told in pieces is complete. */
  onPiecesEnd(): void
  /** Whatever follows is thrown away. */
  readonly dead: boolean
}

/** Cuts arriving bytes into frames. Payloads that lie complete in a read are told where they lie. RFC 9113 §4.1. */
export class FrameReader {
  /** Frames that came to their end. */
  count = 0
  readonly #sink: FrameSink
  /** Bytes of the header that came. */
  #headerBytes = 0
  #length = 0
  #type = 0
  #flags = 0
  #id = 0
  #use: PayloadUse = skip
  /** Bytes of the payload that are still to come; -1 while the header is read. */
  #left = -1
  /** The payload of a `whole` frame that came in parts. */
  #carried: Buffer | undefined = undefined

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** A frame other than one told in pieces is incomplete. */
  get waiting(): boolean {
    return this.#headerBytes > 0 && (this.#left < 0 || this.#use === whole)
  }

  push(buffer: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.#sink.dead) {
      if (this.#left < 0) at = this.#header(buffer, at, end)
      else at = this.#payload(buffer, at, end)
    }
  }

  #header(buffer: Buffer, start: number, end: number): number {
    let at = start
    if (this.#headerBytes === 0 && end - at >= frameHeaderBytes) {
      this.#length = buffer.readUIntBE(at, 3)
      this.#type = buffer[at + 3] ?? 0
      this.#flags = buffer[at + 4] ?? 0
      this.#id = buffer.readUInt32BE(at + 5)
      this.#headerBytes = frameHeaderBytes
      at += frameHeaderBytes
    } else {
      while (at < end && this.#headerBytes < frameHeaderBytes) this.#headerByte(buffer[at++] ?? 0)
      if (this.#headerBytes < frameHeaderBytes) return at
    }
    this.#begin()
    return at
  }

  #headerByte(byte: number): void {
    const place = this.#headerBytes++
    if (place === 0) this.#length = byte
    else if (place < 3) this.#length = this.#length * 256 + byte
    else if (place === 3) this.#type = byte
    else if (place === 4) this.#flags = byte
    else if (place === 5) this.#id = byte
    else this.#id = this.#id * 256 + byte
  }

  /** The first bit of the stream id is reserved and ignored. */
  #begin(): void {
    this.#use = this.#sink.onFrame(this.#type, this.#flags, this.#id & 0x7fff_ffff, this.#length)
    this.#left = this.#length
    if (this.#length > 0) return
    if (this.#use === whole && !this.#sink.dead) this.#sink.onWhole(none, 0, 0)
    this.#ended()
  }

  #payload(buffer: Buffer, start: number, end: number): number {
    const to = Math.min(end, start + this.#left)
    if (this.#use === whole) this.#gather(buffer, start, to)
    else if (this.#use === pieces) this.#sink.onPiece(buffer, start, to)
    this.#left -= to - start
    if (this.#left === 0) this.#ended()
    return to
  }

  #gather(buffer: Buffer, start: number, end: number): void {
    const count = end - start
    if (count === this.#length) return this.#sink.onWhole(buffer, start, end)
    const carried = this.#carried ?? Buffer.allocUnsafeSlow(this.#length)
    this.#carried = carried
    buffer.copy(carried, this.#length - this.#left, start, end)
    if (count < this.#left) return
    this.#carried = undefined
    this.#sink.onWhole(carried, 0, this.#length)
  }

  #ended(): void {
    this.count++
    this.#left = -1
    this.#headerBytes = 0
    if (this.#use === pieces && !this.#sink.dead) this.#sink.onPiecesEnd()
  }
}

const none = Buffer.alloc(0)
