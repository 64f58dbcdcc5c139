import type { ExchangePool } from './exchange-pool.ts'
import type { ListenerRuntime } from './listener-runtime.ts'
import type { Traffic } from './traffic.ts'

/** A client's connection as its listener sees it, whatever protocol it speaks. */
export interface Connection {
  readonly peerAddress: string
  /** No request is under way and no byte of the next has come. */
  readonly idle: boolean
  /** Takes the bytes of one read. */
  read(length: number): void
  onDrain(): void
  onEnd(): void
  onClose(): void
  /** Ends the connection when it is idle, else after the answer it owes. */
  close(): void
  /** Ends it now. */
  destroy(): void
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
}
