import type { Socket } from 'node:net'

/** What Node keeps in sockets beyond its types. */
interface Internals {
  /** In a `tls.TLSSocket`: the socket that carries it. */
  readonly _parent?: Socket | null
  readonly _handle?: { readonly reset?: unknown } | null
  /** Makes closing a reset. */
  resetAndClosing?: boolean
}

/**
 * Ends a connection so that its peer cannot take it for complete: with a RST, where there is one to send. That of TLS is its
 * carrier's; a unix socket and one that is not connected yet are closed.
 *
 * `resetAndDestroy()` throws for TLS and unix sockets. Of a TLS connection, the carrier must not be gone before it is told to
 * close: Node then frees what OpenSSL is using, if this is called from within a read.
 */
export function resetSocket(socket: Socket): void {
  const carrier: Socket = (socket as unknown as Internals)._parent ?? socket
  const internals = carrier as unknown as Internals
  const canReset = !carrier.connecting && typeof internals._handle?.reset === 'function'
  if (canReset && !socket.destroyed) internals.resetAndClosing = true
  socket.destroy()
}
