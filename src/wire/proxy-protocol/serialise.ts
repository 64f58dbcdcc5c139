import ipaddr from 'ipaddr.js'
import { type ProxyAddress, signatureV2, startV2, tlvTypes } from './header.ts'

/** What a header tells; the TLVs in v2 alone. Nothing that another PROXY header said goes into them. */
export interface ProxyHeaderContent {
  /** `undefined` when the client has no address (a unix socket). */
  readonly source: ProxyAddress | undefined
  readonly destination: ProxyAddress | undefined
  /** The server name of the client's TLS hello; `""` for none. */
  readonly serverName: string
  /** The protocol agreed on by ALPN; `""` for none. */
  readonly alpn: string
}

/** The longest header that goes out: one segment of the smallest size that every network carries. PROXY protocol §2.2. */
const longestSent = 536
const proxyCommand = 0x21
const localCommand = 0x20
const families = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21 }

/** A v1 header, as text. PROXY protocol §2.1. */
export function proxyHeaderV1({ source, destination }: ProxyHeaderContent): string {
  if (source === undefined || destination === undefined) return 'PROXY UNKNOWN\r\n'
  const isV4 = !source.address.includes(':') && !destination.address.includes(':')
  const shown = ({ address }: ProxyAddress) => (isV4 || address.includes(':') ? address : `::ffff:${address}`)
  const family = isV4 ? 'TCP4' : 'TCP6'
  return `PROXY ${family} ${shown(source)} ${shown(destination)} ${source.port} ${destination.port}\r\n`
}

/** A v2 header. A TLV that would make it longer than 536 bytes is left out. PROXY protocol §2.2. */
export function proxyHeaderV2({ source, destination, serverName, alpn }: ProxyHeaderContent): Buffer {
  if (source === undefined || destination === undefined)
    return withStart(proxyCommand, families.unspecified, [])
  const isV4 = !source.address.includes(':') && !destination.address.includes(':')
  const bytesOf = isV4 ? v4Bytes : v6Bytes
  const parts: Buffer[] = [
    Buffer.from([...bytesOf(source.address), ...bytesOf(destination.address)]),
    Buffer.from([...twoBytes(source.port), ...twoBytes(destination.port)]),
  ]
  let length = startV2 + (isV4 ? 12 : 36)
  for (const tlv of [tlvOf(tlvTypes.authority, serverName), tlvOf(tlvTypes.alpn, alpn)]) {
    if (length + tlv.length > longestSent) continue
    parts.push(tlv)
    length += tlv.length
  }
  return withStart(proxyCommand, isV4 ? families.tcp4 : families.tcp6, parts)
}

/** What a sender says of a connection of its own, a health check for one. */
export function localHeader(version: 'v1' | 'v2'): Buffer {
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n', 'latin1')
  return withStart(localCommand, families.unspecified, [])
}

function withStart(command: number, family: number, parts: readonly Buffer[]): Buffer {
  const rest = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([signatureV2, Buffer.from([command, family, ...twoBytes(rest)]), ...parts])
}

function tlvOf(type: number, value: string): Buffer {
  if (value === '') return Buffer.alloc(0)
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([Buffer.from([type, ...twoBytes(bytes.length)]), bytes])
}

function twoBytes(value: number): [number, number] {
  return [value >>> 8, value & 0xff]
}

function v4Bytes(address: string): number[] {
  return address.split('.').map(Number)
}

function v6Bytes(address: string): number[] {
  return ipaddr.IPv6.parse(address.includes(':') ? address : `::ffff:${address}`).toByteArray()
}
