import type { Socket } from 'node:net'
import type { Bytes } from '../../std/units.ts'
import type { ReadBuffer } from '../read-buffers.ts'

/**
 * From this size of a read on, an own buffer pays: its bytes leave without a copy. A direction that gets smaller ones gives
 * its buffer back, so that quiet tunnels hold none.
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
 * Bytes out of the buffer that all connections share are copied, and may wait until the sink's socket says that it is
 * enough. Bytes out of an own buffer are not: nothing more is read until they have left. So a direction holds at most an
 * own buffer, or about as much in copies.
 */
export class Pipe {
  bytes: Bytes = 0
  readonly #source: PipeEnd
  readonly #sink: Socket
  readonly #onWritten = (): void => this.drained()
  #paused = false

  constructor(source: PipeEnd, sink: Socket) {
    this.#source = source
    this.#sink = sink
  }

  /** Takes a read of the source. */
  read(length: number): void {
    const { buffer } = this.#source
    const sink = this.#sink
    const part = buffer.current.subarray(0, length)
    this.bytes += length
    if (buffer.borrowed) {
      sink.write(Buffer.from(part))
      if (sink.writableNeedDrain && sink.writableLength > 0) this.#pause()
    } else {
      sink.write(part, this.#onWritten)
      if (sink.writableLength > 0) this.#pause()
    }
    const waits = sink.writableLength > 0
    if (length < largeRead) buffer.stopStreaming(!waits)
    else if (!waits) buffer.startStreaming()
  }

  /** Sends bytes that were read before; they stay as they are. */
  first(bytes: Buffer): void {
    this.bytes += bytes.length
    this.#sink.write(bytes)
  }

  /** The sink may have taken everything: then the source goes on. */
  drained(): void {
    if (!this.#paused || this.#sink.writableLength > 0) return
    this.#paused = false
    this.#source.socket.resume()
  }

  /** The source has sent its last byte. */
  end(): void {
    this.#sink.end()
  }

  #pause(): void {
    this.#paused = true
    this.#source.socket.pause()
  }
}
