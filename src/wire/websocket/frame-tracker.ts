/** Opcode of a Close. RFC 6455 §11.8. */
export const closeOpcode = 8

/** The first two bytes of a header say how long it is; the longest has 14. */
const firstBytes = 2

/**
 * Follows the frames in one direction of a websocket by their headers alone, so that it is known where a frame of our own
 * may be put in between. Holds no byte and judges nothing: what is no websocket passes like the rest.
 *
 * RFC 6455 §5.2.
 */
export class FrameTracker {
  /** Of the frame whose header was read last. */
  opcode = 0
  /** It was the last of its message. */
  final = true
  /** Bytes of its payload. */
  length = 0
  /** A Close has been seen. */
  closed = false
  /** Bytes of its payload that are still to come. */
  #rest = 0
  /** Bytes of a header that is not complete, and what that header needs in all. */
  #got = 0
  #needed = firstBytes
  #lengthBytes = 0

  /** No frame has begun that is not over: the place for another one. */
  get atBoundary(): boolean {
    return this.#rest === 0 && this.#got === 0
  }

  /** The header under way is not complete. */
  get inHeader(): boolean {
    return this.#got > 0
  }

  /** Follows the bytes from `start` to `end`. */
  push(buffer: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) at = this.step(buffer, at, end)
  }

  /** Follows them up to the end of a header or of a payload. @returns where it stopped: behind `at`. */
  step(buffer: Buffer, at: number, end: number): number {
    if (this.#rest === 0) return this.#readHeader(buffer, at, end)
    const taken = Math.min(this.#rest, end - at)
    this.#rest -= taken
    return at + taken
  }

  /** The frame under way does not go on: what follows is the next. */
  forget(): void {
    this.#rest = 0
    this.#got = 0
    this.#needed = firstBytes
  }

  #readHeader(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      this.#readByte(buffer[at++] ?? 0)
      if (this.#got === this.#needed) {
        this.#got = 0
        this.#needed = firstBytes
        this.#rest = this.length
        if (this.opcode === closeOpcode) this.closed = true
        return at
      }
    }
    return at
  }

  #readByte(byte: number): void {
    const index = this.#got++
    if (index === 0) {
      this.opcode = byte & 0x0f
      this.final = byte >= 0x80
    } else if (index === 1) {
      const short = byte & 0x7f
      this.#lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0
      this.length = this.#lengthBytes === 0 ? short : 0
      this.#needed = firstBytes + this.#lengthBytes + (byte >= 0x80 ? 4 : 0)
    } else if (index < firstBytes + this.#lengthBytes) {
      this.length = this.length * 256 + byte
    }
  }
}
