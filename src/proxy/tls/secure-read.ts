import { Socket } from 'node:net'
import type { ReadBuffer } from '../read-buffers.ts'
import { readInto } from '../socket-buffer.ts'

const readerOf = Symbol('secure reader')

interface ReadSocket extends Socket {
  [readerOf]?: SecureReader
}

/**
 * Makes the socket of a handshake that is done read decrypted bytes into our buffer, past the stream layer: what `takeOver` does
 * for plain sockets. Nothing was read from it yet.
 *
 * @returns `undefined` when the connection has gone already.
 */
export function secureRead(
  socket: Socket,
  buffer: ReadBuffer,
  read: (length: number) => void,
): Socket | undefined {
  const first = buffer.next()
  if (first === undefined || !readInto(socket, first, onBytes, () => buffer.next())) return undefined
  const reading: ReadSocket = socket
  reading[readerOf] = new SecureReader(socket, buffer, read)
  socket.pause = pauseReader
  socket.resume = resumeReader
  socket.push = pushToReader
  socket.read(0)
  return socket
}

/**
 * Holds back what Node goes on telling after a pause: one read of a TLS connection may hold several records, and all of them are
 * decrypted and told. Whoever pauses has to be sure that nothing comes, as on a plain socket.
 */
class SecureReader {
  readonly #socket: Socket
  readonly #buffer: ReadBuffer
  readonly #read: (length: number) => void
  #paused = false
  /** Copies; not more than one read of the socket below. */
  #held: Buffer[] | undefined = undefined
  /** The client's end came behind what is held. */
  #ended = false

  constructor(socket: Socket, buffer: ReadBuffer, read: (length: number) => void) {
    this.#socket = socket
    this.#buffer = buffer
    this.#read = read
  }

  onBytes(length: number): boolean {
    if (!this.#paused && this.#held === undefined) this.#read(length)
    else (this.#held ??= []).push(Buffer.from(this.#buffer.current.subarray(0, length)))
    return true
  }

  /** The next record must not overwrite what a write refers to: it is decrypted before anybody can hold it back. */
  pause(): void {
    this.#paused = true
    this.#buffer.rotate()
  }

  /** What is held is told in a turn of its own, as if it had just been read. */
  resume(): void {
    this.#paused = false
    if (this.#held !== undefined) process.nextTick(tellHeld, this)
  }

  /** @returns whether the end has to wait. */
  holdsEnd(): boolean {
    if (!this.#paused && this.#held === undefined) return false
    this.#held ??= []
    this.#ended = true
    return true
  }

  tellHeld(): void {
    for (let bytes = this.#held?.[0]; bytes !== undefined; bytes = this.#held?.[0]) {
      if (this.#paused || this.#socket.destroyed) return
      this.#buffer.lend(bytes)
      try {
        this.#read(bytes.length)
      } finally {
        this.#buffer.lend(undefined)
      }
      this.#held?.shift()
    }
    if (this.#paused && this.#ended) return
    this.#held = undefined
    if (!this.#ended) return
    this.#ended = false
    Socket.prototype.push.call(this.#socket, null)
    this.#socket.read(0)
  }
}

function onBytes(this: ReadSocket, length: number): boolean {
  return this[readerOf]?.onBytes(length) ?? false
}

function tellHeld(reader: SecureReader): void {
  reader.tellHeld()
}

// The methods that stand before the stream's own; one function for all sockets.

function pauseReader(this: ReadSocket): Socket {
  this[readerOf]?.pause()
  return Socket.prototype.pause.call(this)
}

function resumeReader(this: ReadSocket): Socket {
  this[readerOf]?.resume()
  return Socket.prototype.resume.call(this)
}

function pushToReader(this: ReadSocket, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null && this[readerOf]?.holdsEnd() === true) return false
  return Socket.prototype.push.call(this, chunk, encoding)
}
