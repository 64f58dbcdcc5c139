import type { Socket } from 'node:net'

/** libuv's count of what the kernel has not taken; not in Node's types. */
interface Queue {
  readonly writeQueueSize?: number
}

/** Bytes written to a socket that still wait in this process: falls as the peer reads, even within one large write. */
export function unsentBytes(socket: Socket): number {
  const queue = (socket as { readonly _handle?: Queue | null })._handle
  return queue?.writeQueueSize ?? socket.writableLength
}
