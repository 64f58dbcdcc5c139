import type { Socket } from 'node:net'

/** libuv's counts, not in Node's types. */
interface Queue {
  /** What the kernel has not taken. */
  readonly writeQueueSize?: number
  /** That, and what it has taken. */
  readonly bytesWritten?: number
  /** The handle below a TLS connection. */
  readonly _parent?: Queue
}

/** More than any connection carries, and still exact when two are added. */
const endless = 2 ** 50

/**
 * Bytes written to a socket that still wait in this process: falls as the peer reads, even within one large write, and is 0
 * when nothing waits.
 *
 * Of TLS only how it falls can be relied on: what waits is partly not encrypted yet, so it is told by how much the kernel took.
 */
export function unsentBytes(socket: Socket): number {
  const queue = (socket as { readonly _handle?: Queue | null })._handle
  const below = queue?._parent
  if (below === undefined) return queue?.writeQueueSize ?? socket.writableLength
  if (socket.writableLength === 0) return 0
  return endless - ((below.bytesWritten ?? 0) - (below.writeQueueSize ?? 0))
}
