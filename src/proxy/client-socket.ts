import type { Socket } from 'node:net'
import type { Client } from './client.ts'
import type { SocketConnection, Wire } from './connection.ts'
import { type ConnectionEnds, endsOf } from './proxy-header.ts'
import { ReadBuffer } from './read-buffers.ts'

/** A client's socket and the connection that hears of it, which may change when the client's protocol turns out to be another. */
export class ClientSocket implements Wire {
  readonly socket: Socket
  readonly buffer: ReadBuffer
  readonly client: Client
  #connection: SocketConnection | undefined = undefined

  /** @param open makes the socket that reads into the buffer and calls `read`; `undefined` when the connection has gone. */
  static open(
    client: Client,
    open: (buffer: ReadBuffer, read: (length: number) => void) => Socket | undefined,
  ): ClientSocket | undefined {
    const buffer = new ReadBuffer()
    let made: ClientSocket | undefined
    const socket = open(buffer, (length) => made?.connection?.read(length))
    if (socket === undefined) return undefined
    made = new ClientSocket(socket, buffer, client)
    return made
  }

  private constructor(socket: Socket, buffer: ReadBuffer, client: Client) {
    this.socket = socket
    this.buffer = buffer
    this.client = client
    socket.on('drain', () => this.#connection?.onDrain())
    socket.on('end', () => this.#connection?.onEnd())
    socket.on('error', ignore)
    socket.on('close', () => this.#connection?.onClose())
  }

  connect(connection: SocketConnection): void {
    this.#connection = connection
  }

  ends(): ConnectionEnds | undefined {
    return this.client.proxied ?? endsOf(this.socket)
  }

  /** The connection that hears of the socket. */
  get connection(): SocketConnection | undefined {
    return this.#connection
  }
}

/** `close` follows every `error` of a socket, and says all we need. */
function ignore(): void {}
