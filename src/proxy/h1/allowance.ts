import type { ListenerLimits } from '../../model/listener.ts'
import type { Ms } from '../../std/units.ts'
import type { Traffic } from '../traffic.ts'

/** How much longer a connection may be kept: by age, by number of requests, and while the process stays. */
export class Allowance {
  readonly #traffic: Traffic
  readonly #closesAt: Ms
  #requests = 0

  /** The age is spread by 10 %, so that connections made together do not end together. */
  constructor(traffic: Traffic, limits: ListenerLimits) {
    this.#traffic = traffic
    const age = limits.connectionAge === 0 ? Number.POSITIVE_INFINITY : limits.connectionAge
    this.#closesAt = traffic.wheel.now + age * (0.9 + 0.2 * traffic.random())
  }

  /** Counts a request. @returns whether it must be the last. */
  isLast(limits: ListenerLimits): boolean {
    this.#requests++
    const most = limits.requestsPerConnection
    if (most > 0 && this.#requests >= most) return true
    return this.#traffic.draining || this.#traffic.wheel.now >= this.#closesAt
  }
}
