import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

/** Lines a second that are told of; the others are counted. */
const most = 100
const second: Ms = 1000

/** How much of what an extension says is told, so that it fills no disk. */
export class LineBudget {
  readonly #now: Clock['now']
  #since: Ms
  #told = 0
  #left = 0

  constructor({ now }: Pick<Clock, 'now'>) {
    this.#now = now
    this.#since = now()
  }

  /** Whether one more line is told. */
  take(): boolean {
    const now = this.#now()
    if (now - this.#since >= second) {
      this.#since = now
      this.#told = 0
    }
    this.#told += 1
    if (this.#told <= most) return true
    this.#left += 1
    return false
  }

  /** What was left out since this was asked last, once lines are told again. */
  left(): number {
    if (this.#told > most) return 0
    const left = this.#left
    this.#left = 0
    return left
  }
}
