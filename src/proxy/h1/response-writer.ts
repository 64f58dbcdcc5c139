import { chunkEnd, chunkStart, type Framing, lastChunk, responseHeadText } from '../../wire/h1/serialise.ts'
import type { Output } from './output.ts'

/** Writes responses of HTTP/1.x: makes chunks of what has no known length, or lets the connection's end say it to HTTP/1.0. */
export class ResponseWriter {
  readonly #output: Output
  #chunked = false

  constructor(output: Output) {
    this.#output = output
  }

  /**
   * @param version minor version of the request: a client of HTTP/1.0 knows no chunks.
   * @param close the connection ends after this response.
   * @returns whether it ends, be it only to mark the end of the body.
   */
  head(
    version: 0 | 1,
    status: number,
    reason: string,
    fields: string,
    framing: Framing,
    close: boolean,
  ): boolean {
    const endless = framing === 'close'
    this.#chunked = endless && version === 1
    const closes = close || (endless && version === 0)
    const shown = this.#chunked ? 'chunked' : framing
    this.#output.text(responseHeadText(status, reason, fields, shown, closes ? 'close' : ''))
    return closes
  }

  informational(status: number): void {
    this.#output.text(status === 100 ? 'HTTP/1.1 100 Continue\r\n\r\n' : `HTTP/1.1 ${status} \r\n\r\n`)
  }

  data(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#chunked) return this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkStart(end - start))
    this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkEnd)
  }

  end(trailers: string): void {
    if (this.#chunked) this.#output.text(lastChunk(trailers))
  }
}
