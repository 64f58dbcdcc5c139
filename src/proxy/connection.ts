import type { Socket } from 'node:net'
import type { Client } from './client.ts'
import type { ExchangePool } from './exchange-pool.ts'
import type { ListenerRuntime } from './listener-runtime.ts'
import type { ConnectionEnds } from './proxy-header.ts'
import type { ReadBuffer } from './read-buffers.ts'
import type { Traffic } from './traffic.ts'

/** A client's connection as its listener sees it, whatever protocol it speaks. */
export interface Connection {
  readonly peerAddress: string
  /** No request is under way and no byte of the next has come. */
  readonly idle: boolean
  /** Ends the connection when it is idle, else after the answer it owes. */
  close(): void
  /** Ends it now. */
  destroy(): void
}

/** One whose socket reads into a `ReadBuffer`: what `ClientSocket` tells it. */
export interface SocketConnection extends Connection {
  /** Takes the bytes of one read; all are used up, copied or thrown away when it returns. */
  read(length: number): void
  /** Takes bytes that were read before the connection began; they stay as they are. */
  take(bytes: Buffer): void
  onDrain(): void
  onEnd(): void
  onClose(): void
}

/** The settings of a listener; what is inside is replaced when they change, and holds from the next request on. */
export interface ListenerSlot {
  runtime: ListenerRuntime
}

/** What a connection has around it. */
export interface ConnectionOwner {
  readonly traffic: Traffic
  readonly slot: ListenerSlot
  readonly exchanges: ExchangePool
  onClosed(connection: Connection): void
  /**
   * Gives a connection's socket to HTTP/2, because the client began with its preface; the connection so far hears nothing more.
   *
   * @param first everything that was read, from the preface on.
   */
  becomeHttp2(connection: SocketConnection, wire: Wire, first: Buffer): void
  /** Lets another connection go on with the socket of one, which hears nothing more. */
  replace(connection: SocketConnection, next: SocketConnection, wire: Wire): void
}

/** A client's socket with what it reads into. */
export interface Wire {
  readonly socket: Socket
  readonly buffer: ReadBuffer
  readonly client: Client
  /** From now on this connection hears of the socket. */
  connect(connection: SocketConnection): void
  /** The client and what it connected to, for a PROXY header; `undefined` for a unix socket. */
  ends(): ConnectionEnds | undefined
}
