import type { StoreErrorKind } from './limiter.ts'

/** Why the store did not answer a question. */
export interface StoreFailure {
  readonly kind: StoreErrorKind
  /** A phrase for the log; holds no secret. */
  readonly cause: string
}

/** The one way to the shared store. */
export interface StoreLink {
  /** Whether questions can be sent at once. */
  readonly ready: boolean
  /** How often the script had to be given to the store again. */
  readonly scriptLoads: number
  /** Loads the client and connects; goes on connecting, with pauses, until it is closed. */
  start(on: StoreLinkEvents): void
  /** Asks the script; exactly one of the two is called, later. Nothing is queued or repeated: what cannot be sent fails. */
  ask(keys: readonly string[], args: readonly string[], to: StoreAnswer): void
  /** Drops the connection for a new one: this one is frozen, or its server no longer the master. */
  reconnect(): void
  close(): void
}

export interface StoreLinkEvents {
  onReady(): void
  /** The connection broke, or none was got. */
  onLost(failure: StoreFailure): void
}

export interface StoreAnswer {
  onReply(reply: readonly number[]): void
  onFailure(failure: StoreFailure): void
}
