import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SocketAddress } from '../model/listener.ts'
import type { Secret } from '../model/secret.ts'
import { isLoopbackHost } from './admin-settings.ts'

/** `name`, `name:port`, `[v6]`, `[v6]:port`. */
const hostField = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i
const bearer = /^Bearer +([\w.~+/=-]{1,1024}) *$/i

/**
 * Whether a Host field names this server. A page of another site that had its name point here (DNS rebinding) is told
 * apart by it: browsers send the name they were given.
 *
 * @param local the address the connection came in on; any other literal address was not meant for us.
 */
export function isOwnHost(
  field: string | undefined,
  address: SocketAddress,
  local: string | undefined,
): boolean {
  if (address.kind === 'unix') return true
  const match = hostField.exec(field ?? '')
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase()
  if (host === '') return false
  return isLoopbackHost(host) || host === address.host.toLowerCase() || host === withoutMapping(local ?? '')
}

/** A dual-stack socket shows IPv4 addresses as `::ffff:10.0.0.1`. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}

/**
 * Tells whether an Authorization field carries the token. Digests under a key of this process are compared, in a time
 * that depends neither on the token's length nor on where the first difference is.
 */
export function tokenCheck(token: Secret): (field: string | undefined) => boolean {
  const salt = randomBytes(32)
  const digest = (text: string) => createHash('sha256').update(salt).update(text).digest()
  const expected = digest(token.reveal())
  return (field) => {
    const sent = bearer.exec(field ?? '')?.[1]
    return timingSafeEqual(digest(sent ?? ''), expected)
  }
}
