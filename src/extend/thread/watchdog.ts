import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

export interface WatchdogOptions {
  readonly clock: Clock
  /** How long the other loop may stand still. */
  readonly limit: Ms
  /** Asks the other loop for an answer. */
  readonly ping: (id: number) => void
  readonly onLag: (lag: Ms) => void
  readonly onBlocked: (ms: Ms) => void
}

/** In how many steps the limit is looked at. */
const steps = 4

/**
 * Tells when another thread's loop stands still. Goes by how often this loop came around, so that a process that was stopped as a whole,
 * or whose own loop stood still, blames nobody.
 */
export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions
  readonly #every: Ms
  #timer: unknown
  #id = 0
  #sentAt = 0
  /** Steps since the question that is not answered; 0 when there is none. */
  #waiting = 0

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#every = options.limit / steps
  }

  start(): void {
    this.#ask()
    this.#wait()
  }

  /** The other loop has answered. */
  pong(id: number): void {
    if (id !== this.#id || this.#waiting === 0) return
    this.#waiting = 0
    this.#options.onLag(this.#options.clock.now() - this.#sentAt)
  }

  [Symbol.dispose](): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #ask(): void {
    this.#id += 1
    this.#waiting = 1
    this.#sentAt = this.#options.clock.now()
    this.#options.ping(this.#id)
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#look(), this.#every)
  }

  #look(): void {
    if (this.#waiting > steps) {
      this.#timer = undefined
      const ms = this.#options.clock.now() - this.#sentAt
      this.#options.onLag(ms)
      return this.#options.onBlocked(ms)
    }
    if (this.#waiting === 0) this.#ask()
    else this.#waiting += 1
    this.#wait()
  }
}
