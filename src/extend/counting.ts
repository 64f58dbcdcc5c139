import type { Ms } from '../std/units.ts'
import type { ExtensionCounters, ExtensionFailure } from './call.ts'

/** What is counted of a group of extensions, over all its instances. */
export class Counting {
  requests = 0
  restarts = 0
  lagMs: Ms = 0
  readonly #failures: Record<ExtensionFailure, number> = { threw: 0, blocked: 0, died: 0, stopped: 0 }
  /** Of instances in this thread, which count failures themselves. */
  readonly #followed = new Set<ExtensionCounters>()

  failed(why: ExtensionFailure): void {
    this.#failures[why] += 1
  }

  follow(counters: ExtensionCounters): void {
    this.#followed.add(counters)
  }

  /** Keeps what was counted so far. */
  unfollow(counters: ExtensionCounters): void {
    if (!this.#followed.delete(counters)) return
    for (const why of failureKinds) this.#failures[why] += counters.failures[why]
  }

  failures(why: ExtensionFailure): number {
    let sum = this.#failures[why]
    for (const counters of this.#followed) sum += counters.failures[why]
    return sum
  }
}

export const failureKinds = [
  'threw',
  'blocked',
  'died',
  'stopped',
] as const satisfies readonly ExtensionFailure[]
