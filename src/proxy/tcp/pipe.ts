import type { Socket } from 'node:net'
import type { Bytes } from '../../std/units.ts'
import type { ReadBuffer } from '../read-buffers.ts'

/**
 * Below this size a read leaves as text, which is copied at little cost: Node tries to write it from its stack, and no
 * buffer is made. From it on an own buffer pays, whose bytes leave without a copy; a full record of TLS is just as large.
 * A direction that gets smaller reads gives its buffer back, so that quiet tunnels hold none.
 */
const textBytes: Bytes = 16 * 1024

/** A socket with what it reads into. */
export interface PipeEnd {
  readonly socket: Socket
  readonly buffer: ReadBuffer
}

/**
 * One direction of a tunnel: what the source sends goes to the sink as it comes.
 *
 * Copies may wait until the sink's socket says that it is enough. Behind bytes out of an own buffer nothing more is read
 * until they have left. So a direction holds at most an own buffer, or about as much in copies.
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
    this.bytes += length
    if (length < textBytes) this.#small(length)
    else this.#large(length)
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

  #small(length: number): void {
    const { buffer } = this.#source
    const sink = this.#sink
    sink.write(buffer.current.toString('latin1', 0, length), 'latin1')
    if (sink.writableLength > 0 && sink.writableNeedDrain) this.#pause()
    buffer.stopStreaming(true)
  }

  #large(length: number): void {
    const { buffer } = this.#source
    const sink = this.#sink
    const part = buffer.current.subarray(0, length)
    const copied = buffer.borrowed
    if (copied) sink.write(Buffer.from(part))
    else sink.write(part, this.#onWritten)
    if (sink.writableLength === 0) buffer.startStreaming()
    else if (!copied || sink.writableNeedDrain) this.#pause()
  }

  #pause(): void {
    this.#paused = true
    this.#source.socket.pause()
  }
}
