import type { Socket } from 'node:net'

/** libuv's count of what the kernel has not taken; not in Node's types. That of TLS counts what its carrier has, whole writes at a time. */
interface Queue {
  readonly writeQueueSize?: number
  /** The handle below a TLS connection. */
  readonly _parent?: Queue
}

/** Bytes written to a socket that still wait in this process: falls as the peer reads, even within one large write. */
export function unsentBytes(socket: Socket): number {
  const queue = (socket as { readonly _handle?: Queue | null })._handle
  const below = queue?._parent?.writeQueueSize ?? 0
  return queue?.writeQueueSize === undefined ? socket.writableLength : queue.writeQueueSize + below
}
