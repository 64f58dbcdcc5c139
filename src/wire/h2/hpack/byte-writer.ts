const smallest = 256
/** Up to here a loop is faster than the call out of JavaScript. */
const shortText = 24
const shortBytes = 48

/** Bytes written one behind the other into a buffer that grows. `bytes` up to `length` are valid until the next write. */
export class ByteWriter {
  bytes: Buffer
  length = 0

  /** @param capacity bytes to start with. */
  constructor(capacity = smallest) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(capacity, smallest))
  }

  /** Empties it and keeps the buffer. */
  reset(): void {
    this.length = 0
  }

  /** Makes room for `more` bytes, so that a caller may write into `bytes` and raise `length` itself. */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  u16(value: number): void {
    this.reserve(2)
    const at = this.length
    this.bytes[at] = value >>> 8
    this.bytes[at + 1] = value
    this.length = at + 2
  }

  u24(value: number): void {
    this.reserve(3)
    const at = this.length
    this.bytes[at] = value >>> 16
    this.bytes[at + 1] = value >>> 8
    this.bytes[at + 2] = value
    this.length = at + 3
  }

  u32(value: number): void {
    this.reserve(4)
    const at = this.length
    this.bytes[at] = value >>> 24
    this.bytes[at + 1] = value >>> 16
    this.bytes[at + 2] = value >>> 8
    this.bytes[at + 3] = value
    this.length = at + 4
  }

  /** One byte for each character; no character may be above U+00FF. */
  latin1(text: string): void {
    const size = text.length
    this.reserve(size)
    const at = this.length
    if (size > shortText) this.bytes.write(text, at, 'latin1')
    else for (let i = 0; i < size; i++) this.bytes[at + i] = text.charCodeAt(i)
    this.length = at + size
  }

  raw(buffer: Buffer, start: number, end: number): void {
    const size = end - start
    this.reserve(size)
    const at = this.length
    if (size > shortBytes) buffer.copy(this.bytes, at, start, end)
    else for (let i = 0; i < size; i++) this.bytes[at + i] = buffer[start + i] ?? 0
    this.length = at + size
  }
}
