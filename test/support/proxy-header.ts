import { signatureV2 } from '../../src/wire/proxy-protocol/header.ts'

/** The parts of a v2 header, each free to be wrong. */
export interface V2Parts {
  readonly versionAndCommand?: number
  readonly family?: number
  /** What the header says of the length of its rest; the truth when left out. */
  readonly length?: number
  readonly addresses?: Buffer
  readonly tlvs?: readonly Buffer[]
}

/** 203.0.113.7:51234 to 192.0.2.1:443. */
export const addresses4 = Buffer.from('cb007107c0000201c82201bb', 'hex')
/** [2001:db8::7]:51234 to [2001:db8::1]:443. */
export const addresses6 = Buffer.from(
  '20010db800000000000000000000000720010db8000000000000000000000001c82201bb',
  'hex',
)

/** A v2 header: PROXY from 203.0.113.7 over TCP, unless parts say otherwise. */
export function v2(parts: V2Parts = {}): Buffer {
  const rest = Buffer.concat([parts.addresses ?? addresses4, ...(parts.tlvs ?? [])])
  const start = Buffer.from([parts.versionAndCommand ?? 0x21, parts.family ?? 0x11, 0, 0])
  start.writeUInt16BE(parts.length ?? rest.length, 2)
  return Buffer.concat([signatureV2, start, rest])
}

/** A TLV; `length` is what it says of itself. */
export function tlv(type: number, value: string | Buffer, length?: number): Buffer {
  const bytes = Buffer.from(value as string, 'latin1')
  const start = Buffer.from([type, 0, 0])
  start.writeUInt16BE(length ?? bytes.length, 1)
  return Buffer.concat([start, bytes])
}

/** A v1 header. */
export function v1(rest = 'TCP4 203.0.113.7 192.0.2.1 51234 443'): Buffer {
  return Buffer.from(`PROXY ${rest}\r\n`, 'latin1')
}
