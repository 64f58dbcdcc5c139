import type { Concurrency, NoPermit, Permit, PermitAsk } from './permits.ts'

/** Has each limit counted where it says. */
export class ByStore implements Concurrency {
  readonly #memory: Concurrency
  readonly #shared: Concurrency

  constructor(memory: Concurrency, shared: Concurrency) {
    this.#memory = memory
    this.#shared = shared
  }

  get inFlight(): number {
    return this.#memory.inFlight + this.#shared.inFlight
  }

  take(ask: PermitAsk): Permit | NoPermit | Promise<Permit | NoPermit> {
    return (ask.limit.store === 'memory' ? this.#memory : this.#shared).take(ask)
  }
}
