import ipaddr from 'ipaddr.js'
import { isIp } from './address.ts'
import { Flaw, type Format } from './flaw.ts'

/** A block of addresses, `"10.0.0.0/8"` or `"2001:db8::/32"`; a single address is a block of one. */
export const cidr: Format<string> = {
  noun: 'a block of IP addresses',
  example: '"10.0.0.0/8", "2001:db8::/32" or a single address',
  pattern: '^[0-9A-Fa-f:.]+(/\\d{1,3})?$',
  read(text) {
    const [address = '', bits, ...rest] = text.split('/')
    if (!isIp(address) || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) {
      return new Flaw('is not a block of IP addresses', `write ${this.example}`)
    }
    const parsed = ipaddr.parse(address)
    const widest = parsed.kind() === 'ipv4' ? 32 : 128
    const length = bits === undefined ? widest : Number(bits)
    if (length > widest) return new Flaw(`has more than ${widest} bits`, `write a length from 0 to ${widest}`)
    const printed = print(parsed)
    const network = print(networkOf(parsed, length))
    if (network !== printed)
      return new Flaw(
        'has bits set behind its length',
        `write "${network}/${length}" or "${printed}/${widest}"`,
      )
    return `${network}/${length}`
  },
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray().map((byte, index) => byte & mask(length - index * 8))
  return ipaddr.fromByteArray(bytes)
}

function mask(bits: number): number {
  return bits >= 8 ? 255 : bits <= 0 ? 0 : (255 << (8 - bits)) & 255
}

function print(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}
