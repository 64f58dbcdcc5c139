import { isUtf8 } from 'node:buffer'

const varintKind = 0
const bytesKind = 2
/** -1 as an `int64`: ten bytes. */
const minusOne = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])

/** Writes one message of Protocol Buffers (proto3), field by field: what has its default value is left out. https://protobuf.dev/programming-guides/encoding */
export class MessageWriter {
  readonly #parts: Buffer[] = []

  /** @param text as JavaScript has it. */
  text(field: number, text: string): this {
    return text === '' ? this : this.bytes(field, Buffer.from(text, 'utf8'))
  }

  /** @param text latin1 text of bytes that should be UTF-8; what is not becomes U+FFFD, since a `string` may hold nothing else. */
  octets(field: number, text: string): this {
    return text === '' ? this : this.bytes(field, utf8Of(Buffer.from(text, 'latin1')))
  }

  bytes(field: number, bytes: Buffer): this {
    if (bytes.length === 0) return this
    this.#parts.push(prefix(field, bytes.length), bytes)
    return this
  }

  /** @param value whole, from 0 to 2^53 - 1; or -1. */
  number(field: number, value: number): this {
    if (value === 0) return this
    this.#parts.push(varint(field * 8 + varintKind), value < 0 ? minusOne : varint(value))
    return this
  }

  /** Written even when it is empty: that it is there says something. */
  message(field: number, message: MessageWriter): this {
    const bytes = message.finish()
    this.#parts.push(prefix(field, bytes.length), bytes)
    return this
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** Bytes as UTF-8, with U+FFFD for what is none. */
export function utf8Of(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8'), 'utf8')
}

function prefix(field: number, length: number): Buffer {
  const tag = varint(field * 8 + bytesKind)
  return Buffer.concat([tag, varint(length)])
}

/** Base 128, lowest group first. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}
