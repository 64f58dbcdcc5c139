import type { ListenerLimits } from '../model/listener.ts'
import type { Clock } from '../std/clock.ts'

/** Addresses remembered at once for the rate of new connections; beyond that the oldest are forgotten. */
const mostRemembered = 100_000

interface Arrivals {
  second: number
  count: number
}

/** Decides at accept whether a connection may stay: by count of all, by count of its client, by rate of its client. */
export class Admission {
  readonly #clock: Clock
  readonly #openByClient = new Map<string, number>()
  readonly #arrivalsByClient = new Map<string, Arrivals>()
  #open = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get open(): number {
    return this.#open
  }

  /** Counts a connection in, unless there are too many. Every one counted in is counted out by `left`. */
  enter(limits: ListenerLimits): boolean {
    if (limits.connections > 0 && this.#open >= limits.connections) return false
    this.#open++
    return true
  }

  /** Counts it as its client's, unless that one has too many, or makes them too fast; `left` has to name it then. */
  identify(client: string, limits: ListenerLimits): boolean {
    return client === '' || this.#clientMay(client, limits)
  }

  /** @param client `""` for one that was never identified. */
  left(client: string): void {
    this.#open--
    const open = this.#openByClient.get(client)
    if (open === undefined) return
    if (open <= 1) this.#openByClient.delete(client)
    else this.#openByClient.set(client, open - 1)
  }

  #clientMay(client: string, limits: ListenerLimits): boolean {
    if (limits.newConnectionsPerClientPerSecond > 0 && !this.#isInRate(client, limits)) return false
    if (limits.connectionsPerClient === 0) return true
    const open = this.#openByClient.get(client) ?? 0
    if (open >= limits.connectionsPerClient) return false
    this.#openByClient.set(client, open + 1)
    return true
  }

  #isInRate(client: string, limits: ListenerLimits): boolean {
    const second = Math.floor(this.#clock.now() / 1000)
    const arrivals = this.#arrivalsByClient.get(client)
    if (arrivals === undefined || arrivals.second !== second) {
      this.#arrivalsByClient.delete(client)
      this.#arrivalsByClient.set(client, { second, count: 1 })
      if (this.#arrivalsByClient.size > mostRemembered) this.#forgetOldest()
      return true
    }
    arrivals.count++
    return arrivals.count <= limits.newConnectionsPerClientPerSecond
  }

  #forgetOldest(): void {
    for (const client of this.#arrivalsByClient.keys()) {
      this.#arrivalsByClient.delete(client)
      return
    }
  }
}
