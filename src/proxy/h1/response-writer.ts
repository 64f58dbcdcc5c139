import type { Socket } from 'node:net'
import type { Ms } from '../../std/units.ts'
import type { RequestHead } from '../../wire/h1/request-head.ts'
import { chunkEnd, chunkStart, type Framing, lastChunk, responseHeadText } from '../../wire/h1/serialise.ts'
import type { ResponseSink } from '../downstream.ts'
import type { Flushed } from '../flushed.ts'
import { resetSocket } from '../reset-socket.ts'
import { Output } from './output.ts'
import type { WriteWatch } from './write-watch.ts'

/**
 * Writes the responses of one HTTP/1.x connection: makes chunks of what has no known length, or lets the connection's end
 * say it to HTTP/1.0.
 */
export class ResponseWriter implements ResponseSink {
  /** The connection ends after the response under way; once true, it stays. */
  closing = false
  readonly #socket: Socket
  readonly #output: Output
  readonly #watch: WriteWatch
  readonly #stallMs: () => Ms
  #version: 0 | 1 = 1
  #chunked = false

  /** @param stallMs how long a client may take nothing; 0 is no limit. */
  constructor(socket: Socket, watch: WriteWatch, stallMs: () => Ms) {
    this.#socket = socket
    this.#output = new Output(socket)
    this.#watch = watch
    this.#stallMs = stallMs
  }

  /** Sets up for the response to a request. */
  begin(head: RequestHead): void {
    this.#version = head.version
    if (!head.keepAlive) this.closing = true
  }

  sendInformational(status: number): void {
    if (this.#version === 0) return
    this.#output.text(status === 100 ? 'HTTP/1.1 100 Continue\r\n\r\n' : `HTTP/1.1 ${status} \r\n\r\n`)
  }

  sendHead(status: number, reason: string, fields: string, framing: Framing, close: boolean): void {
    const endless = framing === 'close'
    this.#chunked = endless && this.#version === 1
    if (close || (endless && this.#version === 0)) this.closing = true
    const shown = this.#chunked ? 'chunked' : framing
    this.#output.text(responseHeadText(status, reason, fields, shown, this.closing ? 'close' : ''))
  }

  sendData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#chunked) return this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkStart(end - start))
    this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkEnd)
  }

  sendEnd(trailers: string): void {
    if (this.#chunked) this.#output.text(lastChunk(trailers))
  }

  flush(): Flushed {
    if (this.#socket.destroyed) return 'sent'
    const flushed = this.#output.flush()
    if (flushed === 'full') this.#watch.start(this.#stallMs())
    return flushed
  }

  abort(): void {
    this.closing = true
    resetSocket(this.#socket)
  }
}
