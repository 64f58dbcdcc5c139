import type { Bytes } from '../../std/units.ts'
import { flag, frameHeaderBytes } from './protocol.ts'

/** What small frames are gathered in. */
const chunkBytes: Bytes = 16 * 1024
const spare: Buffer[] = []
const mostSpare = 64

/** Up to here bytes are copied; longer ones leave from where they lie. */
export const copiedBytes: Bytes = 8 * 1024

/** The bytes of one connection that are to leave, in order, until they are taken for one write. */
export class Output {
  /** Bytes that wait to be taken. */
  bytes: Bytes = 0
  /** Control frames written since everything had left. */
  controls = 0
  /** Some of the bytes that wait lie in buffers of the caller's. */
  refers = false
  #parts: Buffer[] = []
  #chunk: Buffer | undefined = undefined
  /** Full chunks that were taken and may not have left. */
  readonly #filled: Buffer[] = []
  /** From here on nothing of the chunk was taken. */
  #start = 0
  #at = 0
  /** The flags of the last HEADERS or DATA frame, while it can still be changed. */
  #flagsAt = -1
  #flagsOf = 0

  frame(type: number, flags: number, id: number, length: number): void {
    const chunk = this.#room(frameHeaderBytes)
    const at = this.#at
    chunk[at] = length >>> 16
    chunk[at + 1] = length >>> 8
    chunk[at + 2] = length
    chunk[at + 3] = type
    chunk[at + 4] = flags
    chunk.writeUInt32BE(id, at + 5)
    this.#flagsAt = -1
    this.#wrote(frameHeaderBytes)
  }

  /** The frame just begun may get END_STREAM later. */
  endable(id: number): void {
    this.#flagsAt = this.#at - frameHeaderBytes + 4
    this.#flagsOf = id
  }

  /** Sets END_STREAM on the last frame, if it is one of this stream that was not taken yet. @returns whether it is. */
  markEnd(id: number): boolean {
    const chunk = this.#chunk
    if (chunk === undefined || this.#flagsAt < 0 || this.#flagsOf !== id) return false
    chunk[this.#flagsAt] = (chunk[this.#flagsAt] ?? 0) | flag.endStream
    this.#flagsAt = -1
    return true
  }

  u16(value: number): void {
    const chunk = this.#room(2)
    chunk.writeUInt16BE(value, this.#at)
    this.#wrote(2)
  }

  u32(value: number): void {
    const chunk = this.#room(4)
    chunk.writeUInt32BE(value, this.#at)
    this.#wrote(4)
  }

  latin1(text: string): void {
    const chunk = this.#room(text.length)
    chunk.write(text, this.#at, 'latin1')
    this.#wrote(text.length)
  }

  copy(buffer: Buffer, start: number, end: number): void {
    for (let from = start; from < end; ) {
      const chunk = this.#room(1)
      const copied = buffer.copy(chunk, this.#at, from, end)
      this.#wrote(copied)
      from += copied
    }
  }

  /** Bytes that leave from where they lie. @param whose buffer it is: `theirs` is used again once the write is through. */
  refer(buffer: Buffer, start: number, end: number, whose: 'ours' | 'theirs'): void {
    this.#cut()
    this.#parts.push(buffer.subarray(start, end))
    this.bytes += end - start
    if (whose === 'theirs') this.refers = true
  }

  /** Everything that waits, for one write; nothing of it may be changed before `settled`. */
  take(): Buffer[] {
    this.#cut()
    const parts = this.#parts
    this.#parts = []
    this.bytes = 0
    this.refers = false
    this.#flagsAt = -1
    return parts
  }

  /** Everything that was taken has left: its memory may be used again. */
  settled(): void {
    this.controls = 0
    if (this.#chunk === undefined || this.bytes > 0) return
    this.#filled.push(this.#chunk)
    for (const chunk of this.#filled) if (spare.length < mostSpare) spare.push(chunk)
    this.#filled.length = 0
    this.#chunk = undefined
    this.#start = 0
    this.#at = 0
    this.#flagsAt = -1
  }

  /** The chunk with room for `bytes`, behind `#at`. */
  #room(bytes: number): Buffer {
    if (this.#chunk !== undefined && this.#at + bytes <= chunkBytes) return this.#chunk
    this.#cut()
    if (this.#chunk !== undefined) this.#filled.push(this.#chunk)
    this.#chunk = spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
    this.#start = 0
    this.#at = 0
    this.#flagsAt = -1
    return this.#chunk
  }

  #wrote(bytes: number): void {
    this.#at += bytes
    this.bytes += bytes
  }

  #cut(): void {
    if (this.#chunk === undefined || this.#start === this.#at) return
    this.#parts.push(this.#chunk.subarray(this.#start, this.#at))
    this.#start = this.#at
  }
}
