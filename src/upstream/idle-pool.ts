import type { PoolSettings } from '../model/cluster.ts'
import { IdleLimit } from './idle-limit.ts'
import type { ConnectionNeed, PooledConnection } from './pool.ts'
import { isAged } from './pool-age.ts'

/** The unused connections of one endpoint, last used first. */
export class IdlePool {
  #settings: PoolSettings
  readonly limit: IdleLimit
  /** Longest idle first. */
  readonly #connections: PooledConnection[] = []

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.limit = new IdleLimit(settings.idle)
  }

  get size(): number {
    return this.#connections.length
  }

  /** Idle since when the longest idle one is; `Infinity` when there is none. */
  get oldest(): number {
    return this.#connections[0]?.idleSince ?? Infinity
  }

  configure(settings: PoolSettings): void {
    this.#settings = settings
    this.limit.configure(settings.idle)
  }

  /** The one used last, when it still may be used; `undefined` means: open one. */
  take(now: number, need: ConnectionNeed): PooledConnection | undefined {
    const connections = this.#connections
    for (let last = connections.at(-1); last !== undefined; last = connections.at(-1)) {
      const idle = now - last.idleSince
      if (idle > this.limit.current(now)) {
        this.closeAll()
        return undefined
      }
      const usable = last.usable && !this.#aged(last, now)
      if (usable && need === 'fresh' && idle > this.limit.fresh(now)) return undefined
      connections.pop()
      if (usable) return last
      last.close()
    }
    return undefined
  }

  /** Keeps a connection; closes it, or the longest idle one, where it is too old or there are too many. */
  put(connection: PooledConnection, now: number): void {
    const keep = this.#settings.idleConnections
    if (keep < 1 || !connection.usable || this.#aged(connection, now)) {
      connection.close()
      return
    }
    connection.idleSince = now
    this.#connections.push(connection)
    if (this.#connections.length > keep) this.#connections.shift()?.close()
  }

  /** Takes one out without closing it; false when it is not here. */
  forget(connection: PooledConnection): boolean {
    const index = this.#connections.lastIndexOf(connection)
    if (index < 0) return false
    this.#connections.splice(index, 1)
    return true
  }

  /** Closes what was idle for too long or is too old. */
  sweep(now: number): void {
    const limit = this.limit.current(now)
    const kept = this.#connections.findIndex(
      (connection) =>
        now - connection.idleSince <= limit && connection.usable && !this.#aged(connection, now),
    )
    this.#close(kept < 0 ? this.#connections.length : kept)
  }

  /** Closes the longest idle one; false when there is none. */
  closeOldest(): boolean {
    if (this.#connections.length === 0) return false
    this.#close(1)
    return true
  }

  closeAll(): void {
    this.#close(this.#connections.length)
  }

  /** They leave the list first: a close may call back. */
  #close(count: number): void {
    if (count === 0) return
    for (const connection of this.#connections.splice(0, count)) connection.close()
  }

  #aged({ openedAt }: PooledConnection, now: number): boolean {
    return isAged(openedAt, this.#settings.age, now)
  }
}
