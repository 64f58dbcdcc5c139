import type { Bytes } from '../../std/units.ts'

interface Part {
  readonly buffer: Buffer
  start: number
  end: number
}

/** Pieces below this are gathered, so that many small ones cost what they weigh. */
const gathered: Bytes = 2048

/** Parts that have left are cut off the list in groups. */
const mostUsedUp = 64

const none = Buffer.alloc(0)

/** Copies of the bytes of one stream that wait for windows or for the socket, in order. */
export class SendQueue {
  bytes: Bytes = 0
  #parts: Part[] = []
  #first = 0

  push(buffer: Buffer, start: number, end: number): void {
    this.bytes += end - start
    const from = start + this.#fill(buffer, start, end)
    if (from === end) return
    const own = Buffer.allocUnsafeSlow(Math.max(gathered, end - from))
    this.#parts.push({ buffer: own, start: 0, end: buffer.copy(own, 0, from, end) })
  }

  /** The bytes in front, as far as they lie together: `frontBytes` of `frontBuffer`, from `frontStart` on; they never change. */
  get frontBuffer(): Buffer {
    return this.#parts[this.#first]?.buffer ?? none
  }

  get frontStart(): number {
    return this.#parts[this.#first]?.start ?? 0
  }

  get frontBytes(): Bytes {
    const part = this.#parts[this.#first]
    return part === undefined ? 0 : part.end - part.start
  }

  /** Removes bytes from the front: at most `frontBytes`. */
  drop(bytes: Bytes): void {
    const part = this.#parts[this.#first]
    if (part === undefined) return
    this.bytes -= bytes
    part.start += bytes
    if (part.start < part.end) return
    this.#first++
    if (this.bytes === 0) return this.clear()
    if (this.#first < mostUsedUp) return
    this.#parts.splice(0, this.#first)
    this.#first = 0
  }

  clear(): void {
    this.bytes = 0
    this.#first = 0
    this.#parts = []
  }

  /** Copies into the room of the last part. @returns the bytes that fitted. */
  #fill(buffer: Buffer, start: number, end: number): number {
    const last = this.#parts.at(-1)
    if (last === undefined || this.#parts.length === this.#first) return 0
    const fitted = buffer.copy(last.buffer, last.end, start, end)
    last.end += fitted
    return fitted
  }
}
