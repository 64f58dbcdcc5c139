import { clearExchange } from './clear-exchange.ts'
import { Exchange } from './exchange.ts'
import type { Traffic } from './traffic.ts'

/** Spare exchanges kept for the next requests; more than this many at once are left to the collector. */
const mostSpare = 1024

/** Lends exchanges to connections for the time of a request, so that an idle connection holds none. */
export class ExchangePool {
  readonly #traffic: Traffic
  readonly #spare: Exchange[] = []

  constructor(traffic: Traffic) {
    this.#traffic = traffic
  }

  take(): Exchange {
    return this.#spare.pop() ?? new Exchange(this.#traffic)
  }

  /** Takes one back whose outcome has been told; it holds on to nothing of its request. */
  give(exchange: Exchange): void {
    clearExchange(exchange)
    if (this.#spare.length < mostSpare) this.#spare.push(exchange)
    else this.#traffic.wheel.remove(exchange)
  }
}
