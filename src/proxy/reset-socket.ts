import type { Socket } from 'node:net'

/**
 * Ends a connection so that its peer cannot take it for complete: with a RST, where there is one to send. A unix socket
 * and one that is not connected yet are closed.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting) {
    socket.destroy()
    return
  }
  try {
    socket.resetAndDestroy()
  } catch {
    // Node throws for a handle that is not TCP's own.
    socket.destroy()
  }
}
