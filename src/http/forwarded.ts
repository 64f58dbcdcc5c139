import ipaddr from 'ipaddr.js'

/** A chain longer than this is somebody's play, not a row of proxies. */
const longestChain = 100
const fourParts = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/**
 * The client's address after `hops` trusted proxies: the entry that many places from the right of `X-Forwarded-For`.
 * Only the entries that trusted proxies wrote are looked at; what stands left of them is the client's own claim.
 *
 * The peer's address when `hops` is 0, when the chain is shorter or has more than 100 entries, or when one of the
 * entries looked at is no address (`unknown`). A port behind an address, which some load balancers write, is left out.
 *
 * @param chain the field's value, lines joined with `, `; `""` when there is none.
 */
export function clientAddress(chain: string, peer: string, hops: number): string {
  if (chain === '' || hops === 0) return peer
  const entries = chain.split(',', longestChain + 1)
  if (entries.length > longestChain || entries.length < hops) return peer
  let address = peer
  for (let i = entries.length - 1; i >= entries.length - hops; i--) {
    const entry = (entries[i] ?? '').trim()
    const plain = plainAddress(entry) ?? plainAddress(withoutPort(entry))
    if (plain === undefined) return peer
    address = plain
  }
  return address
}

/** The `for=` addresses of `Forwarded` (RFC 7239) as a chain that `clientAddress` reads; what is not an address stays odd. */
export function forwardedChain(forwarded: string): string {
  const entries: string[] = []
  for (const element of forwarded.split(',', longestChain + 1)) {
    const node = /(?:^|;)[ \t]*for=(?:"([^"\\;]*)"|([^";,\s]*))[ \t]*(?:;|$)/i.exec(element.trim())
    const text = node?.[1] ?? node?.[2] ?? 'unknown'
    entries.push(withoutPort(text))
  }
  return entries.join(', ')
}

/** `1.1.1.1` of `1.1.1.1:80`, `::1` of `[::1]` and `[::1]:80`; anything else as it is. */
function withoutPort(node: string): string {
  const literal = /^\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)\](?::\d{1,5})?$/.exec(node)
  return literal?.[1] ?? node.replace(/^([\d.]+):\d{1,5}$/, '$1')
}

/** An element for `Forwarded`: addresses of IPv6 in brackets and quotes (RFC 7239 §6). */
export function forwardedElement(client: string, host: string, scheme: 'http' | 'https'): string {
  const node = client === '' ? 'unknown' : client.includes(':') ? `"[${client}]"` : client
  return `for=${node};host="${host}";proto=${scheme}`
}

/** An address in its shortest form; IPv4 inside IPv6 as IPv4. `undefined` when the text is not a plain address. */
export function plainAddress(text: string): string | undefined {
  if (fourParts.test(text)) return text
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text) || !text.includes(':') || !ipaddr.IPv6.isValid(text))
    return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
}
