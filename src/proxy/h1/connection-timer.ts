import type { Timed, TimerWheel } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'

/** The one deadline of a connection: each thing it does sets it anew. */
export class ConnectionTimer implements Timed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #wheel: TimerWheel
  readonly #onDeadline: (now: Ms) => void

  constructor(wheel: TimerWheel, onDeadline: (now: Ms) => void) {
    this.#wheel = wheel
    this.#onDeadline = onDeadline
  }

  /** @param ms from now; 0 is no limit, as in the settings. */
  set(ms: Ms): void {
    if (ms === 0) this.deadline = Number.POSITIVE_INFINITY
    else this.#wheel.arm(this, this.#wheel.now + ms)
  }

  setAt(at: Ms): void {
    this.#wheel.arm(this, at)
  }

  clear(): void {
    this.deadline = Number.POSITIVE_INFINITY
  }

  /** Lets go of the wheel for good. */
  dispose(): void {
    this.#wheel.remove(this)
  }

  onDeadline(now: Ms): void {
    this.#onDeadline(now)
  }
}
