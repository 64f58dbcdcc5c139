import ipaddr from 'ipaddr.js'
import type { SocketAddress } from '../../model/listener.ts'
import { Flaw, type Format } from './flaw.ts'

const hostAndPort = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/

/** What the kernel takes for the path of a unix socket, less the final NUL (unix(7)). */
const longestUnixPath = 107

/** Where to accept: `"0.0.0.0:8080"`, `"[::]:8080"` (IPv6 and IPv4), `":8080"` (the same), `"unix:/run/x.sock"`; port 0 takes a free one. */
export const listenAddress: Format<SocketAddress> = {
  noun: 'an address to listen on',
  example: '":8080", "127.0.0.1:8080", "[::1]:8080" or "unix:/run/tidegate.sock"',
  pattern: '^(unix:/.+|(\\[[0-9A-Fa-f:.]+\\]|[0-9.]*):\\d{1,5})$',
  read(text) {
    const address = readAddress(text, this.example)
    if (address instanceof Flaw || address.kind === 'unix') return address
    if (address.host === '') return { kind: 'tcp', host: '::', port: address.port }
    if (address.host === 'localhost') return new Flaw(listensByName, `write "127.0.0.1:${address.port}"`)
    if (!isIp(address.host))
      return new Flaw(listensByName, `write ":${address.port}" for every address, or ${this.example}`)
    return address
  },
}

const listensByName = 'is a name, and a listener needs an IP address'

/** Where an endpoint is dialled: an IP address and a port, or a unix socket. */
export const endpointAddress: Format<SocketAddress> = {
  noun: 'the address of an endpoint',
  example: '"10.0.0.5:8080", "[2001:db8::5]:8080" or "unix:/run/app.sock"',
  pattern: '^(unix:/.+|(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+):\\d{1,5})$',
  read(text) {
    const address = readAddress(text, this.example)
    if (address instanceof Flaw || address.kind === 'unix') return address
    if (address.port === 0)
      return new Flaw('has port 0', 'write the port that the endpoint listens on, 1 to 65535')
    if (address.host === 'localhost') return new Flaw(dialsByName, `write "127.0.0.1:${address.port}"`)
    if (/^[0-9.]+$/.test(address.host) && !isIp(address.host))
      return new Flaw('is not an IPv4 address', `write ${this.example}`)
    if (!isIp(address.host))
      return new Flaw(dialsByName, `write "dns: ${text}" in the cluster instead of "endpoints"`)
    return address
  },
}

const dialsByName = 'is a name, and an endpoint needs an IP address'

/** A name and a port that DNS resolves: `"web.internal:8080"`. */
export const dnsAddress: Format<{ readonly host: string; readonly port: number }> = {
  noun: 'a DNS name and a port',
  example: '"web.internal:8080"',
  pattern: '^[A-Za-z0-9._-]+:\\d{1,5}$',
  read(text) {
    if (!text.includes(':')) return new Flaw('has no port', `add it: "${text}:8080"`)
    const address = readAddress(text, this.example)
    if (address instanceof Flaw) return address
    if (address.kind === 'unix' || isIp(address.host))
      return new Flaw('needs no DNS', `write it under "endpoints": ["${text}"]`)
    if (address.port === 0)
      return new Flaw('has port 0', 'write the port that the endpoints listen on, 1 to 65535')
    const host = readDnsName(address.host)
    return host instanceof Flaw ? host : { host, port: address.port }
  },
}

/** A DNS name without a port. */
export const dnsName: Format<string> = {
  noun: 'a DNS name',
  example: '"web.internal"',
  pattern: '^[A-Za-z0-9._-]+$',
  read: readDnsName,
}

function readDnsName(text: string): string | Flaw {
  const name = text.toLowerCase()
  if (
    name.length > 253 ||
    !/^[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(name) ||
    /^[0-9.]+$/.test(name)
  ) {
    return new Flaw('is not a DNS name', 'write letters, digits, hyphens and dots, such as "web.internal"')
  }
  return name
}

/** Reads `HOST:PORT` or `unix:/path`; the host may be a name, and the port 0. */
export function readAddress(text: string, example: string): SocketAddress | Flaw {
  if (text.startsWith('unix:')) return readUnix(text.slice(5))
  const parts = hostAndPort.exec(text)
  if (parts === null)
    return new Flaw(
      `is not an address${looksLikeIpv6(text) ? ': IPv6 needs brackets' : ''}`,
      remedy(text, example),
    )
  const [, host = '', digits = ''] = parts
  const port = Number(digits)
  if (port > 65535) return new Flaw('has a port above 65535', 'write a port from 1 to 65535')
  if (!host.startsWith('[')) return { kind: 'tcp', host, port }
  const literal = host.slice(1, -1)
  if (!literal.includes(':') || !isIp(literal)) return new Flaw('is not an IPv6 address', `write ${example}`)
  return { kind: 'tcp', host: ipaddr.IPv6.parse(literal).toRFC5952String(), port }
}

function readUnix(path: string): SocketAddress | Flaw {
  if (!path.startsWith('/'))
    return new Flaw('is a relative path', 'write an absolute one, such as "unix:/run/tidegate.sock"')
  if (Buffer.byteLength(path) > longestUnixPath || path.includes('\0')) {
    return new Flaw('is a longer path than the kernel takes', `write one of at most ${longestUnixPath} bytes`)
  }
  return { kind: 'unix', path }
}

function remedy(text: string, example: string): string {
  if (/^https?:\/\//.test(text)) return `write it without scheme and path, such as ${example}`
  if (/^\d{1,5}$/.test(text)) return `write it with an address: ${example}`
  const split = /^(.*):(\d{1,5})$/.exec(text)
  if (split !== null && isIp(split[1] ?? '')) return `write "[${split[1]}]:${split[2]}"`
  if (isIp(text)) return `add the port: "${text.includes(':') ? `[${text}]` : text}:8080"`
  return `write ${example}`
}

function looksLikeIpv6(text: string): boolean {
  return !text.startsWith('[') && text.split(':').length > 2 && /^[0-9A-Fa-f:.]+$/.test(text)
}

/** Whether `text` is an IP address: four decimal parts, or IPv6 without brackets and zone. */
export function isIp(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (!text.includes('%') && ipaddr.IPv6.isValid(text))
}
