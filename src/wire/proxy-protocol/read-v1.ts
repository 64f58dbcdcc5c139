import { plainAddress } from '../../http/forwarded.ts'
import { type Refusal, refusal } from '../h1/refusal.ts'
import type { ProxyAddress, ProxyHeader } from './header.ts'

const known = /^PROXY (TCP4|TCP6) ([0-9A-Fa-f:.]{2,45}) ([0-9A-Fa-f:.]{2,45}) (\d{1,5}) (\d{1,5})$/
/** Whatever stands behind UNKNOWN is to be ignored. */
const unknown = /^PROXY UNKNOWN(?: [^\r\n]*)?$/
const nobody: ProxyHeader = { source: undefined, destination: undefined, authority: '', alpn: '' }

/**
 * Reads a v1 header, given without its CRLF. PROXY protocol §2.1.
 *
 * One space between its parts, ports without leading zeros, IPv4 in four decimal parts; `TCP6` takes the dotted form of
 * IPv4 inside IPv6 too, which is what senders print for it.
 */
export function readV1(line: string): ProxyHeader | Refusal {
  if (unknown.test(line)) return nobody
  const parts = known.exec(line)
  if (parts === null) return refusal('proxy_protocol', 'not a v1 header:', line)
  const [, family = '', from = '', to = '', fromPort = '', toPort = ''] = parts
  const source = endOf(family, from, fromPort)
  const destination = endOf(family, to, toPort)
  if (source === undefined) return refusal('proxy_protocol', `source of ${family}`, `${from} ${fromPort}`)
  if (destination === undefined)
    return refusal('proxy_protocol', `destination of ${family}`, `${to} ${toPort}`)
  return { source, destination, authority: '', alpn: '' }
}

function endOf(family: string, text: string, digits: string): ProxyAddress | undefined {
  const port = Number(digits)
  if (port > 65535 || String(port) !== digits) return undefined
  if (text.includes(':') !== (family === 'TCP6')) return undefined
  const address = plainAddress(text)
  return address === undefined ? undefined : { address, port }
}
