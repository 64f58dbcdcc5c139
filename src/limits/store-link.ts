import type { StoreErrorKind } from './limiter.ts'

/** Why the store did not answer a question. */
export interface StoreFailure {
  readonly kind: StoreErrorKind
  /** A phrase for the log; holds no secret. */
  readonly cause: string
}

/** A script of Redis; it replies with a list of numbers. */
export interface StoreScript {
  readonly text: string
  /** What EVALSHA calls it by. */
  readonly sha: string
}

/** One call of a script. */
export interface StoreQuestion {
  readonly script: StoreScript
  readonly keys: readonly string[]
  readonly args: readonly string[]
  /** `on` when another node of a Cluster sent it here, to where its slot is being moved. */
  readonly asking: 'on' | 'off'
}

/** The one way to a server that counts. */
export interface StoreLink {
  /** Whether questions can be sent at once. */
  readonly ready: boolean
  /** How often a script had to be given to the server again. */
  readonly scriptLoads: number
  /** Loads the client and connects; goes on connecting, with pauses, until it is closed. */
  start(on: StoreLinkEvents): void
  /** Exactly one of the functions of `to` is called, later. Nothing is queued or repeated: what cannot be sent fails. */
  ask(question: StoreQuestion, to: StoreAnswer): void
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
  /** Another node of a Cluster has to be asked. */
  onElsewhere(elsewhere: Elsewhere): void
}

/** Where a node of a Cluster says that a slot is: for good, or (`asking`) for this question alone. */
export interface Elsewhere {
  readonly kind: 'moved' | 'asking'
  /** `10.0.0.5:6379`, as the nodes call each other; without a host it is the one that said so. */
  readonly address: string
}
