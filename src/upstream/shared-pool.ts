import type { PoolSettings } from '../model/cluster.ts'
import type { SharedConnection } from './pool.ts'
import { isAged } from './pool-age.ts'

/** The connections of one endpoint that carry several requests at once, oldest first. */
export class SharedPool {
  #settings: PoolSettings
  readonly #connections: SharedConnection[] = []

  constructor(settings: PoolSettings) {
    this.#settings = settings
  }

  /** Those that carry no request. */
  get idle(): number {
    let idle = 0
    for (const connection of this.#connections) if (connection.idleSince !== Infinity) idle++
    return idle
  }

  /** Since when the longest idle one is idle; `Infinity` when none is. */
  get oldest(): number {
    let oldest = Infinity
    for (const { idleSince } of this.#connections) if (idleSince < oldest) oldest = idleSince
    return oldest
  }

  /** Some connection takes another request. */
  get hasRoom(): boolean {
    return this.#connections.some(({ room }) => room > 0)
  }

  configure(settings: PoolSettings): void {
    this.#settings = settings
  }

  /** The first that takes another request; `undefined` means: open one. */
  take(now: number): SharedConnection | undefined {
    const connections = this.#connections
    for (let i = 0; i < connections.length; ) {
      const connection = connections[i]
      if (connection === undefined) break
      if (isAged(connection.openedAt, this.#settings.age, now)) connection.retire()
      else if (connection.room > 0) return connection
      if (connections[i] === connection) i++
    }
    return undefined
  }

  add(connection: SharedConnection): void {
    this.#connections.push(connection)
  }

  /** Takes one out that is closed, or takes no further request. */
  forget(connection: SharedConnection): void {
    const index = this.#connections.indexOf(connection)
    if (index >= 0) this.#connections.splice(index, 1)
  }

  /** Retires what was idle for too long or is too old, and the longest idle ones where there are too many. */
  sweep(now: number): void {
    const { idle, age, idleConnections } = this.#settings
    for (const connection of this.#connections.slice()) {
      if (now - connection.idleSince > idle || isAged(connection.openedAt, age, now)) connection.retire()
    }
    for (let surplus = this.idle - idleConnections; surplus > 0; surplus--) this.closeOldest()
  }

  /** Closes the longest idle one; false when none is idle. */
  closeOldest(): boolean {
    let longest: SharedConnection | undefined
    for (const connection of this.#connections) {
      if (connection.idleSince < (longest?.idleSince ?? Infinity)) longest = connection
    }
    longest?.retire()
    return longest !== undefined
  }

  /** No connection takes another request. */
  retireAll(): void {
    for (const connection of this.#connections.slice()) connection.retire()
  }
}
