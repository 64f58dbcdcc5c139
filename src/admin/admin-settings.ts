import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { SocketAddress } from '../model/listener.ts'
import type { Secret } from '../model/secret.ts'

/** Where the admin address listens, and what opens it. */
export interface AdminListenSettings {
  readonly address: SocketAddress
  /** The token itself, looked up; `undefined` when none is set. */
  readonly token: Secret | undefined
}

/** Shorter ones can be guessed over a network. */
const shortestToken = 16

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Why the admin address must not be opened with these settings, naming field and remedy; `undefined` when it may. */
export function checkAdminSettings({ address, token }: AdminListenSettings): string | undefined {
  const length = token?.reveal().length ?? 0
  if (token !== undefined && length < shortestToken) {
    return `admin.token has ${length} characters: use at least ${shortestToken}, for instance of "openssl rand -hex 16"`
  }
  if (token !== undefined || address.kind === 'unix' || isLoopbackHost(address.host)) return undefined
  const shown = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  return `admin.address "${shown}" can be reached from other hosts and admin.token is not set: set admin.token, or listen on 127.0.0.1 or unix:/path`
}

/** `localhost`, 127.0.0.0/8, `::1`, also mapped into IPv6. Names are not looked up. */
export function isLoopbackHost(host: string): boolean {
  if (isIPv4(host)) return loopback.check(host, 'ipv4')
  if (isIPv6(host)) return loopback.check(host, 'ipv6')
  return host === 'localhost' || host.endsWith('.localhost')
}
