import type { Socket } from 'node:net'
import type { Bytes } from '../../std/units.ts'
import type { ReadBuffer } from '../read-buffers.ts'

/**
 * From this size of a read on, an own buffer pays: its bytes leave without a copy. Reads below it are copied where they
 * cannot leave at once, and a direction that gets small ones gives its buffer back, so that quiet tunnels hold none.
 */
const largeRead: Bytes = 16 * 1024

/** A socket with what it reads into. */
export interface PipeEnd {
  readonly socket: Socket
  readonly buffer: ReadBuffer
}

/**
 * One direction of a tunnel: what the source sends goes to the sink as it comes.
 *
 * A sink that has enough waiting stops the source, so that a direction holds at most what the sink's socket lets wait
 * and the buffers it stands in.
 */
export class Pipe {
  bytes: Bytes = 0
  readonly #source: PipeEnd
  readonly #sink: Socket
  #paused = false

  constructor(source: PipeEnd, sink: Socket) {
    this.#source = source
    this.#sink = sink
  }

  /** Takes a read of the source. */
  read(length: number): void {
    const { socket, buffer } = this.#source
    const sink = this.#sink
    this.bytes += length
    const part = buffer.current.subarray(0, length)
    const copied = buffer.borrowed || (length < largeRead && sink.writableLength > 0)
    sink.write(copied ? Buffer.from(part) : part)
    const waits = sink.writableLength > 0
    if (length >= largeRead) buffer.startStreaming()
    else buffer.stopStreaming(!waits)
    if (!waits) return
    if (sink.writableNeedDrain) {
      this.#paused = true
      socket.pause()
    } else if (!copied) {
      buffer.rotate()
    }
  }

  /** Sends bytes that were read before; they stay as they are. */
  first(bytes: Buffer): void {
    this.bytes += bytes.length
    this.#sink.write(bytes)
  }

  /** The sink has taken everything: the source may go on. */
  drained(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.socket.resume()
  }

  /** The source has sent its last byte. */
  end(): void {
    this.#sink.end()
  }
}
