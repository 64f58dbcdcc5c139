import type { Socket } from 'node:net'
import type { SocketConnection, Wire } from './connection.ts'
import { ReadBuffer } from './read-buffers.ts'

/** A client's socket and the connection that hears of it, which may change when the client's protocol turns out to be another. */
export class ClientSocket implements Wire {
  readonly socket: Socket
  readonly buffer: ReadBuffer
  #connection: SocketConnection | undefined = undefined

  /** @param open makes the socket that reads into the buffer and calls `read`; `undefined` when the connection has gone. */
  static open(
    open: (buffer: ReadBuffer, read: (length: number) => void) => Socket | undefined,
  ): ClientSocket | undefined {
    const buffer = new ReadBuffer()
    let client: ClientSocket | undefined
    const socket = open(buffer, (length) => client?.connection?.read(length))
    if (socket === undefined) return undefined
    client = new ClientSocket(socket, buffer)
    return client
  }

  private constructor(socket: Socket, buffer: ReadBuffer) {
    this.socket = socket
    this.buffer = buffer
    socket.on('drain', () => this.#connection?.onDrain())
    socket.on('end', () => this.#connection?.onEnd())
    socket.on('error', ignore)
    socket.on('close', () => this.#connection?.onClose())
  }

  /** From now on this connection hears of the socket. */
  connect(connection: SocketConnection): void {
    this.#connection = connection
  }

  /** The connection that hears of the socket. */
  get connection(): SocketConnection | undefined {
    return this.#connection
  }
}

/** `close` follows every `error` of a socket, and says all we need. */
function ignore(): void {}
