import { normaliseHost } from '../../http/authority.ts'
import { type Refusal, refusal } from '../h1/refusal.ts'
import { crc32c } from './crc32c.ts'
import { tlvTypes } from './header.ts'

/** What the TLVs of a header say that we care for. */
interface Tlvs {
  authority: string
  alpn: string
}

/** Longest unique id; PROXY protocol §2.2.5. */
const longestId = 128
/** Two of these would mean two things. */
const onceOnly = new Set([
  tlvTypes.alpn,
  tlvTypes.authority,
  tlvTypes.crc32c,
  tlvTypes.uniqueId,
  tlvTypes.tls,
])
/** One byte of what the client did and four of how its certificate was judged; §2.2.6. */
const tlsStart = 5

/**
 * Reads the TLVs of a complete v2 header from `at` to its end: all must fit, one that means something may come once, the
 * checksum has to be right when there is one. Types we do not know are passed over. PROXY protocol §2.2.
 */
export function readTlvs(header: Buffer, at: number): Tlvs | Refusal {
  const found: Tlvs = { authority: '', alpn: '' }
  const seen = new Set<number>()
  while (at < header.length) {
    const end = tlvEnd(header, at, header.length)
    if (end < 0) return fault('a TLV ends behind the header')
    const type = header.readUInt8(at)
    if (seen.has(type)) return fault(`TLV ${shown(type)} comes twice`)
    if (onceOnly.has(type)) seen.add(type)
    const wrong = take(header, at + 3, end, type, found)
    if (wrong !== undefined) return wrong
    at = end
  }
  return found
}

function take(header: Buffer, from: number, to: number, type: number, found: Tlvs): Refusal | undefined {
  switch (type) {
    case tlvTypes.alpn:
      found.alpn = alpnOf(header.toString('latin1', from, to))
      return found.alpn === '' ? fault('TLV ALPN is not a protocol') : undefined
    case tlvTypes.authority:
      found.authority = nameOf(header.toString('latin1', from, to))
      return found.authority === ''
        ? refusal('proxy_protocol', 'TLV AUTHORITY', header.toString('latin1', from, to))
        : undefined
    case tlvTypes.crc32c:
      if (to - from !== 4) return fault('TLV CRC32C has not four bytes')
      return header.readUInt32BE(from) === crc32c(header, from, to) ? undefined : fault('the CRC32C is wrong')
    case tlvTypes.uniqueId:
      return to - from > longestId ? fault('TLV UNIQUE_ID is too long') : undefined
    case tlvTypes.tls:
      return fits(header, from + tlsStart, to) ? undefined : fault('a TLV of TLV SSL ends behind it')
  }
  return undefined
}

/** Where the TLV that starts at `at` ends; -1 when it does not fit. */
function tlvEnd(header: Buffer, at: number, limit: number): number {
  if (at + 3 > limit) return -1
  const end = at + 3 + header.readUInt16BE(at + 1)
  return end > limit ? -1 : end
}

/** Whether TLVs fill `from` to `to` exactly. */
function fits(header: Buffer, from: number, to: number): boolean {
  let at = from
  while (at >= 0 && at < to) at = tlvEnd(header, at, to)
  return at === to
}

function alpnOf(text: string): string {
  return /^[\x21-\x7e]{1,255}$/.test(text) ? text : ''
}

/** A name without a port, as a client may say it in its TLS hello. */
function nameOf(text: string): string {
  return text.includes(':') ? '' : (normaliseHost(text) ?? '')
}

function fault(detail: string): Refusal {
  return { reason: 'proxy_protocol', detail }
}

function shown(type: number): string {
  return `0x${type.toString(16).padStart(2, '0')}`
}
