import { plainAddress } from '../../http/forwarded.ts'
import { type Refusal, refusal } from '../h1/refusal.ts'
import { type ProxyAddress, type ProxyHeader, startV2 } from './header.ts'
import { readTlvs } from './read-tlvs.ts'

/** Bytes of both addresses and ports by address family and transport; `undefined` for what no stream can have. */
const addressBytes: Readonly<Record<number, number>> = { 0x00: 0, 0x11: 12, 0x21: 36, 0x31: 216 }
const unspecified = 0x00
const tcp4 = 0x11
const tcp6 = 0x21
const nobody: ProxyHeader = { source: undefined, destination: undefined, authority: '', alpn: '' }

/**
 * Reads a v2 header that is complete: signature, start, and the rest whose length the start says. PROXY protocol §2.2.
 *
 * The rest of a LOCAL header, and of one without an address family, is not looked at: the receiver has to ignore it.
 * Datagrams are refused, since they cannot have come over a connection.
 */
export function readV2(header: Buffer): ProxyHeader | Refusal {
  const versionAndCommand = header.readUInt8(12)
  const family = header.readUInt8(13)
  if (versionAndCommand === 0x20) return nobody
  if (versionAndCommand !== 0x21) return odd('version and command', versionAndCommand)
  const addresses = addressBytes[family]
  if (addresses === undefined) return odd('family and transport', family)
  if (family === unspecified) return nobody
  const tlvsFrom = startV2 + addresses
  if (header.length < tlvsFrom)
    return { reason: 'proxy_protocol', detail: 'the header is shorter than its addresses' }
  const tlvs = readTlvs(header, tlvsFrom)
  if ('reason' in tlvs) return tlvs
  const { source, destination } = addressesOf(header, family)
  return { source, destination, authority: tlvs.authority, alpn: tlvs.alpn }
}

/** Of unix sockets there is nothing that could stand for an address. */
function addressesOf(header: Buffer, family: number): Pick<ProxyHeader, 'source' | 'destination'> {
  if (family !== tcp4 && family !== tcp6) return nobody
  const size = family === tcp4 ? 4 : 16
  const portsAt = startV2 + 2 * size
  return {
    source: endAt(header, startV2, size, portsAt),
    destination: endAt(header, startV2 + size, size, portsAt + 2),
  }
}

function endAt(header: Buffer, at: number, size: number, portAt: number): ProxyAddress {
  const bytes = header.subarray(at, at + size)
  const address = size === 4 ? bytes.join('.') : (plainAddress(groupsOf(bytes)) ?? '')
  return { address, port: header.readUInt16BE(portAt) }
}

function groupsOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/....(?=.)/g, '$&:')
}

function odd(what: string, value: number): Refusal {
  return refusal('proxy_protocol', what, `0x${value.toString(16).padStart(2, '0')}`)
}
