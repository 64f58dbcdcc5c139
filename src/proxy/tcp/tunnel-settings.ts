import type { ListenerRole } from '../../model/listener.ts'
import type { NameTree } from '../../names/name-tree.ts'
import type { Ms } from '../../std/units.ts'
import type { SecureFacts } from '../client.ts'

/** How the connections of a listener, or of one server name, are handed on. */
export interface TunnelSettings {
  /** Leaves are cluster ids. */
  readonly target: NameTree<string>
  /** Without a byte in either direction; 0 is no limit. */
  readonly idle: Ms
  /** The server name of a TLS connection, terminated here or not; `""` for none. */
  readonly serverName: string
  readonly scheme: 'tcp' | 'tls'
}

/** Without a byte in either direction, where no setting says otherwise (hardening §1.7). */
const passthroughIdle: Ms = 3_600_000

/** Of a connection of a TCP listener, plain or after its handshake. */
export function listenerTunnel(
  role: ListenerRole & { readonly kind: 'tcp' },
  tls: SecureFacts | undefined,
): TunnelSettings {
  const scheme = tls === undefined ? 'tcp' : 'tls'
  return { target: role.target, idle: role.idle, serverName: tls?.serverName ?? '', scheme }
}

/** Of a TLS connection that is handed on unread. */
export function passthroughTunnel(target: NameTree<string>, serverName: string): TunnelSettings {
  return { target, idle: passthroughIdle, serverName, scheme: 'tls' }
}
