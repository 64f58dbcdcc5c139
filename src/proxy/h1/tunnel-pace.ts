import type { Socket } from 'node:net'
import type { Bytes } from '../../std/units.ts'
import type { Flushed } from '../flushed.ts'
import type { ReadBuffer } from '../read-buffers.ts'

/** A read as large as this is one of many: a buffer of its own pays. */
const streamingRead: Bytes = 48 * 1024

/** A read as small as this is none of a stream: the buffer goes back. */
const quietRead: Bytes = 16 * 1024

/**
 * Decides how the reading of a tunnel goes on when the bytes of a read have been handed on: not while too much waits on the
 * other side; into a buffer of its own while it streams, and into the common one as soon as it does not.
 */
export function keepPace(socket: Socket, buffer: ReadBuffer, length: number, flushed: Flushed): void {
  if (flushed === 'full') socket.pause()
  if (flushed === 'held') buffer.rotate()
  else if (length >= streamingRead) buffer.startStreaming()
  else if (length <= quietRead && !buffer.borrowed) buffer.stopStreaming(flushed === 'sent')
}
