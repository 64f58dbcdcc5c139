import { isUtf8 } from 'node:buffer'

/** The bytes are no message, or not the one that was expected. */
export class MalformedMessage extends Error {}

const varintKind = 0
const fixed64Kind = 1
const bytesKind = 2
const fixed32Kind = 5
/** Field numbers have 29 bits. */
const lastField = 2 ** 29 - 1

/**
 * Reads one message of Protocol Buffers (proto3), field by field: `next` goes to a field, one of the others takes its value, and a value
 * that nobody takes is skipped. Strict: lengths have to fit, groups and fields of another kind than expected are refused.
 * https://protobuf.dev/programming-guides/encoding
 */
export class MessageReader {
  /** Of the field that `next` went to. */
  field = 0
  readonly #bytes: Buffer
  #at = 0
  #kind = varintKind
  #isTaken = true

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** @throws {MalformedMessage} like all the others. */
  next(): boolean {
    if (!this.#isTaken) this.#skip()
    if (this.#at === this.#bytes.length) return false
    const tag = this.#varint()
    this.field = Math.floor(tag / 8)
    this.#kind = tag % 8
    if (this.field === 0 || this.field > lastField) throw new MalformedMessage('a field has no such number')
    this.#isTaken = false
    return true
  }

  /** As an unsigned number of 64 bits; those above 2^53 are not exact. */
  number(): number {
    this.#take(varintKind)
    return this.#varint()
  }

  bytes(): Buffer {
    this.#take(bytesKind)
    const length = this.#varint()
    return this.#slice(length)
  }

  /** latin1 text of the UTF-8 bytes. */
  octets(): string {
    const bytes = this.bytes()
    if (!isUtf8(bytes)) throw new MalformedMessage('a text is no UTF-8')
    return bytes.toString('latin1')
  }

  message(): MessageReader {
    return new MessageReader(this.bytes())
  }

  #take(kind: number): void {
    if (this.#kind !== kind) throw new MalformedMessage(`field ${this.field} is of another kind`)
    this.#isTaken = true
  }

  #skip(): void {
    switch (this.#kind) {
      case varintKind:
        this.#varint()
        break
      case fixed64Kind:
        this.#slice(8)
        break
      case bytesKind:
        this.#slice(this.#varint())
        break
      case fixed32Kind:
        this.#slice(4)
        break
      default:
        throw new MalformedMessage(`field ${this.field} is of no known kind`)
    }
    this.#isTaken = true
  }

  #slice(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new MalformedMessage('it ends too early')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 10; shift++) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new MalformedMessage('it ends too early')
      this.#at++
      value += (byte & 127) * 128 ** shift
      if (byte < 128) return value
    }
    throw new MalformedMessage('a number is too long')
  }
}
