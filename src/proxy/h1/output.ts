import type { Socket } from 'node:net'
import type { Bytes } from '../../std/units.ts'
import type { Flushed } from '../flushed.ts'

/** Up to here, a part of a body leaves as text in the same write as what stands before it. */
const textBytes: Bytes = 16 * 1024

/** So much is gathered behind a write that waits. */
const gatheredBytes: Bytes = 4 * 1024

/**
 * What waits to leave on a socket within one turn of the event loop.
 *
 * Heads and small bodies are gathered as one latin1 text (a byte a character, so nothing changes) and leave in one
 * write; a large part leaves as it is, corked together with the text before it.
 */
export class Output {
  readonly #socket: Socket
  #text = ''
  #corked = false
  /** A write is under way whose end lets out what was gathered meanwhile. */
  #followed = false
  readonly #onWritten = (): void => {
    this.#followed = false
    if (this.#text !== '' && !this.#socket.destroyed) this.flushPart()
  }

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get empty(): boolean {
    return this.#text === '' && !this.#corked
  }

  text(text: string): void {
    this.#text += text
  }

  /** @param borrowed the bytes must have left or been copied when this returns. */
  bytes(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (this.#text.length + end - start <= textBytes) {
      this.#text += buffer.toString('latin1', start, end)
      return
    }
    const part = buffer.subarray(start, end)
    this.#cork()
    if (this.#text !== '') this.#socket.write(this.#text, 'latin1')
    this.#text = ''
    this.#socket.write(borrowed ? Buffer.from(part) : part)
  }

  /** Lets everything out, and tells how far it came. */
  flush(): Flushed {
    const socket = this.#socket
    if (this.#text !== '') {
      socket.write(this.#text, 'latin1')
      this.#text = ''
    }
    if (this.#corked) {
      this.#corked = false
      socket.uncork()
    }
    if (socket.writableLength === 0) return 'sent'
    return socket.writableNeedDrain ? 'full' : 'held'
  }

  /**
   * Lets out what may leave by now, when more is to come. Small parts behind a write that waits are gathered, so that a peer
   * which takes nothing does not make each of them cost a write of its own; `flush` lets all of it out.
   */
  flushPart(): Flushed {
    const socket = this.#socket
    if (socket.writableLength === 0 || this.#corked || this.#text === '') return this.flush()
    if (this.#followed && this.#text.length < gatheredBytes) return socket.writableNeedDrain ? 'full' : 'held'
    // As bytes: a text that was put together in small parts holds an object for each.
    const bytes = Buffer.from(this.#text, 'latin1')
    this.#text = ''
    if (this.#followed) socket.write(bytes)
    else socket.write(bytes, this.#onWritten)
    this.#followed = true
    return socket.writableNeedDrain ? 'full' : 'held'
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
  }
}
