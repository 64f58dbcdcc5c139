import type { Bytes } from '../../std/units.ts'
import { alerts } from './alert.ts'
import { type ClientHello, type HelloFault, parseClientHello } from './client-hello.ts'

/** Most bytes of a connection that are kept while its hello is not complete. */
export const longestHello: Bytes = 64 * 1024

/** What usual hellos fit in: browsers with post-quantum key shares send 1.8 KiB. */
const usualHello: Bytes = 2048

const recordHeader = 5
const messageHeader = 4
/** RFC 8446 §5.1. */
const longestRecord = 16_384
const handshakeRecord = 22
const clientHelloMessage = 1

/** Bytes that are no TLS at all: `http` when they look like a request in clear text. */
export interface NotTls {
  readonly notTls: 'http' | 'other'
}

/** What a connection turned out to start with; `undefined` while more has to come. */
export type HelloVerdict = ClientHello | HelloFault | NotTls | undefined

/**
 * Reads the ClientHello at the start of a connection, however it is cut into packets and records, and keeps every byte
 * for whoever carries on with the handshake.
 */
export class HelloReader {
  #raw: Buffer = Buffer.alloc(0)
  #length = 0
  /** Where the next record starts in `#raw`. */
  #record = 0
  /** The handshake message, once it turned out to be spread over records, and how much of it is there. */
  #message: Buffer | undefined = undefined
  #collected = 0

  /** Everything that came so far. */
  get bytes(): Buffer {
    return this.#raw.subarray(0, this.#length)
  }

  /** Takes bytes as they arrive; they are copied. */
  push(buffer: Buffer, start: number, end: number): HelloVerdict {
    this.#append(buffer, start, end)
    const verdict = this.#message === undefined ? this.#readFirst() : this.#readOn()
    if (verdict !== undefined || this.#length < longestHello) return verdict
    return { alert: alerts.decodeError, detail: `the hello is longer than ${longestHello} bytes` }
  }

  #append(buffer: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#raw.length) {
      const grown = Buffer.allocUnsafe(this.#length === 0 ? length : Math.max(usualHello, 2 * length))
      this.#raw.copy(grown, 0, 0, this.#length)
      this.#raw = grown
    }
    buffer.copy(this.#raw, this.#length, start, end)
    this.#length = length
  }

  /** Mostly the whole hello is in the first record, and nothing has to be put together. */
  #readFirst(): HelloVerdict {
    const raw = this.#raw
    if (this.#length === 0) return undefined
    if (raw[0] !== handshakeRecord) return { notTls: isLikeHttp(raw[0] ?? 0) ? 'http' : 'other' }
    if (this.#length < recordHeader) return undefined
    const payload = this.#payload(0)
    if (typeof payload !== 'number') return payload
    if (this.#length < recordHeader + Math.min(payload, messageHeader)) return undefined
    if (payload < messageHeader) return this.#collect(longestHello)
    const size = messageSize(raw, recordHeader)
    if (typeof size !== 'number') return size
    if (size > payload) return this.#collect(size)
    const end = recordHeader + size
    return this.#length < end ? undefined : parseClientHello(raw, recordHeader + messageHeader, end)
  }

  /** @param size of the message, or the most it may have while its header is not complete. */
  #collect(size: number): HelloVerdict {
    this.#message = Buffer.allocUnsafe(size)
    return this.#readOn()
  }

  /** Adds the payloads of all records that have arrived whole. */
  #readOn(): HelloVerdict {
    const message = this.#message ?? this.#raw
    for (;;) {
      if (this.#length < this.#record + recordHeader) return undefined
      const payload = this.#payload(this.#record)
      if (typeof payload !== 'number') return payload
      const start = this.#record + recordHeader
      if (this.#length < start + payload) return undefined
      this.#raw.copy(message, this.#collected, start, start + payload)
      this.#collected = Math.min(message.length, this.#collected + payload)
      this.#record = start + payload
      if (this.#collected < messageHeader) continue
      const size = messageSize(message, 0)
      if (typeof size !== 'number') return size
      if (this.#collected >= size) return parseClientHello(message, messageHeader, size)
    }
  }

  /** The length of the record at `at`, which must carry handshake messages: its version is 3.x, whatever x. */
  #payload(at: number): number | HelloFault {
    const raw = this.#raw
    const length = raw.readUInt16BE(at + 3)
    if (raw[at] === handshakeRecord && raw[at + 1] === 3 && length > 0 && length <= longestRecord)
      return length
    return { alert: alerts.decodeError, detail: 'the hello is not made of handshake records' }
  }
}

export function isNotTls(verdict: ClientHello | HelloFault | NotTls): verdict is NotTls {
  return 'notTls' in verdict
}

/** The size of a ClientHello with its header. */
function messageSize(bytes: Buffer, at: number): number | HelloFault {
  const size = bytes.readUIntBE(at + 1, 3) + messageHeader
  if (bytes[at] === clientHelloMessage && size <= longestHello) return size
  return { alert: alerts.decodeError, detail: 'the first message is no ClientHello of allowed length' }
}

/** Methods start with a capital letter. */
function isLikeHttp(first: number): boolean {
  return first >= 0x41 && first <= 0x5a
}
