import type { OnReadOpts } from 'node:net'
import type { ReadBuffer } from './read-buffers.ts'

/**
 * Options that make a socket read into `buffer` and call `read` with the number of bytes, past the stream layer.
 *
 * Node asks for the next buffer after every read and keeps the one it has when it gets none
 * (`onStreamRead` in lib/internal/stream_base_commons.js); its types do not know that, hence the assertion.
 */
export function onreadInto(buffer: ReadBuffer, read: (length: number) => void): OnReadOpts {
  return {
    buffer: (() => buffer.next()) as () => Uint8Array,
    callback: (length: number) => {
      read(length)
      return true
    },
  }
}
