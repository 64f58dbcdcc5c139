import type { Listener, SocketAddress } from '../model/listener.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { backoffDelay } from './backoff.ts'
import type { Opening, SocketSet } from './socket-set.ts'

/** What happens to whoever accepts. */
export interface Acceptors {
  /** `sockets` take the place of `former`, whose last connections are theirs to serve, and which are theirs to close. */
  listen(listener: string, sockets: SocketSet, former: SocketSet | undefined): void
  /** Settles when nobody accepts for the listener any more; `sockets` are theirs to close. */
  unlisten(listener: string, sockets: SocketSet): Promise<void>
}

export interface ListeningSocketsDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly open: (address: SocketAddress, isOurs: boolean) => Promise<Opening>
  readonly acceptors: Acceptors
  /** Told of every listener that was bound, moved, or could not be; `failures` is up to date by then. */
  readonly onChange: (change: SocketChange) => void
}

export type SocketChange =
  | { readonly kind: 'bound'; readonly listener: Listener; readonly address: SocketAddress }
  | { readonly kind: 'failed'; readonly failure: BindFailure }
  | { readonly kind: 'closed'; readonly listener: string; readonly address: SocketAddress }

/** A listener that wants an address it cannot have now. */
export interface BindFailure {
  readonly listener: Listener
  readonly code: string
  /** Where it accepts meanwhile, when it has moved. */
  readonly stillAt: SocketAddress | undefined
  readonly attempt: number
}

interface Entry {
  wanted: Listener
  sockets: SocketSet | undefined
  /** The address `sockets` were asked for, as written; differs from `wanted` while a move fails. */
  at: string
  failure: BindFailure | undefined
  timer: unknown
}

/** Tries to bind again after 0.25 s, doubling to 10 s: soon enough for a restart, cheap enough for a week. */
const retry: { base: Ms; max: Ms } = { base: 250, max: 10_000 }

/**
 * The sockets we accept on, by listener: opened, moved and closed to follow the model.
 * A listener whose address stays keeps its socket; one that moves opens the new before it closes the old.
 */
export class ListeningSockets {
  readonly #deps: ListeningSocketsDeps
  readonly #entries = new Map<string, Entry>()
  /** Changes run one after the other: opening may wait. */
  #queue: Promise<void> = Promise.resolve()
  #closed = false

  constructor(deps: ListeningSocketsDeps) {
    this.#deps = deps
  }

  /**
   * Follows `listeners`; settles when every socket has been tried once.
   *
   * @param install gives acceptors the model of these listeners: after those that are gone have been closed and before
   * others are opened, so that nobody accepts for a listener it does not know.
   */
  apply(listeners: readonly Listener[], install: () => void): Promise<void> {
    const done = this.#queue.then(() => this.#follow(listeners, install))
    this.#queue = done.catch(() => {})
    return done
  }

  /** What a fresh worker has to listen on. */
  current(): ReadonlyMap<string, SocketSet> {
    const open = new Map<string, SocketSet>()
    for (const [id, { sockets }] of this.#entries) if (sockets !== undefined) open.set(id, sockets)
    return open
  }

  failures(): readonly BindFailure[] {
    return [...this.#entries.values()].flatMap(({ failure }) => failure ?? [])
  }

  /** Opens nothing more; what is open is for acceptors to close. */
  stop(): void {
    this.#closed = true
    for (const { timer } of this.#entries.values()) this.#deps.clock.clearTimeout(timer)
  }

  async #follow(listeners: readonly Listener[], install: () => void): Promise<void> {
    const wanted = new Set(listeners.map(({ id }) => id))
    for (const [id, entry] of this.#entries) if (!wanted.has(id)) await this.#remove(id, entry)
    install()
    for (const listener of listeners) {
      const entry = this.#entries.get(listener.id) ?? newEntry(listener)
      this.#entries.set(listener.id, entry)
      entry.wanted = listener
      if (entry.at !== addressKey(listener.address)) await this.#open(entry, 1)
      else this.#settle(entry)
    }
  }

  async #open(entry: Entry, attempt: number): Promise<void> {
    if (this.#closed) return
    const { wanted, sockets: former } = entry
    const opening = await this.#deps.open(wanted.address, this.#hasPort(wanted.address))
    if (opening.kind === 'failed') {
      this.#fail(entry, opening.code, attempt)
      return
    }
    if (this.#isStale()) {
      opening.sockets.close()
      return
    }
    this.#settle(entry)
    entry.sockets = opening.sockets
    entry.at = addressKey(wanted.address)
    this.#deps.acceptors.listen(wanted.id, opening.sockets, former)
    this.#deps.onChange({ kind: 'bound', listener: wanted, address: opening.sockets.address })
  }

  /** Whether `stop` came while a socket was being opened. */
  #isStale(): boolean {
    return this.#closed
  }

  #fail(entry: Entry, code: string, attempt: number): void {
    const { clock, random, onChange } = this.#deps
    clock.clearTimeout(entry.timer)
    entry.failure = { listener: entry.wanted, code, stillAt: entry.sockets?.address, attempt }
    entry.timer = clock.setTimeout(
      () => {
        this.#queue = this.#queue.then(() => this.#retry(entry, attempt + 1))
      },
      backoffDelay(attempt, retry.base, retry.max, random),
    )
    onChange({ kind: 'failed', failure: entry.failure })
  }

  async #retry(entry: Entry, attempt: number): Promise<void> {
    const isCurrent = this.#entries.get(entry.wanted.id) === entry && entry.failure?.attempt === attempt - 1
    if (isCurrent) await this.#open(entry, attempt)
  }

  /** The listener has what it wants: a move that failed before may have been taken back. */
  #settle(entry: Entry): void {
    this.#deps.clock.clearTimeout(entry.timer)
    entry.failure = undefined
  }

  async #remove(id: string, entry: Entry): Promise<void> {
    this.#settle(entry)
    this.#entries.delete(id)
    if (entry.sockets === undefined) return
    await this.#deps.acceptors.unlisten(id, entry.sockets)
    this.#deps.onChange({ kind: 'closed', listener: id, address: entry.sockets.address })
  }

  #hasPort(address: SocketAddress): boolean {
    if (address.kind === 'unix') return false
    for (const { sockets } of this.#entries.values()) {
      if (sockets?.address.kind === 'tcp' && sockets.address.port === address.port) return true
    }
    return false
  }
}

function newEntry(listener: Listener): Entry {
  return { wanted: listener, sockets: undefined, at: '', failure: undefined, timer: undefined }
}

function addressKey(address: SocketAddress): string {
  return JSON.stringify(address)
}
