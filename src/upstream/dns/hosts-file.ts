import { isIP } from 'node:net'

/**
 * The addresses that a hosts file has for a name, IPv4 only when there is any, else IPv6; none when it does not say.
 * Names are compared without regard to case. See hosts(5).
 */
export function hostsFileAddresses(text: string, host: string): string[] {
  const wanted = host.toLowerCase()
  const found: string[] = []
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    if (isIP(address) === 0 || found.includes(address)) continue
    if (names.some((name) => name.toLowerCase() === wanted)) found.push(address)
  }
  const four = found.filter((address) => isIP(address) === 4)
  return four.length > 0 ? four : found
}
