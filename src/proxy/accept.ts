import { type BoundSocket, Socket } from 'node:net'
import { onreadInto } from './onread.ts'
import type { ReadBuffer } from './read-buffers.ts'

/** What Node keeps in a socket, and takes in its constructor, beyond its types. */
interface SocketInternals {
  _handle: BoundSocket | null
}

/**
 * Moves an accepted connection to a socket that reads into our buffer, past the stream layer; `net.Server` cannot be told
 * to make one. The server must have `pauseOnConnect`, so that nothing was read yet.
 *
 * @returns `undefined` when the connection has gone already.
 */
export function takeOver(
  accepted: Socket,
  buffer: ReadBuffer,
  read: (length: number) => void,
): Socket | undefined {
  const internals = accepted as unknown as SocketInternals
  const handle = internals._handle
  if (handle === null) return undefined
  internals._handle = null
  const options = { handle, allowHalfOpen: true, onread: onreadInto(buffer, read) }
  return new Socket(options)
}
