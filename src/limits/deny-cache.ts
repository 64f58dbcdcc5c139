import { wholeOf } from '../model/filters/rate-limit.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { intervalOf, leftOf } from './gcra.ts'
import type { Ask, Limit, Verdict } from './limiter.ts'
import { RecentSubjects } from './recent-subjects.ts'

/** So that a share that somebody deletes in the store counts as deleted soon; in a Cluster, what fills one may be given back. */
export const longestDenial = { whole: 10_000, split: 1000 } as const

/**
 * Remembers whom the store has denied, until they may pass again: an attack does not reach the store.
 * It denies no longer than the store would, as a share only fills while its subject is denied here; in a Cluster it may for up to a
 * second, when what filled the share was given back meanwhile: by whatever gateway, so nothing else tells.
 */
export class DenyCache {
  readonly #clock: Clock
  readonly #subjects: RecentSubjects
  readonly #longest: Ms

  /**
   * @param subjects how many are remembered at most.
   * @param longest until the store is asked again.
   */
  constructor(clock: Clock, subjects: number, longest: Ms) {
    this.#clock = clock
    this.#longest = longest
    this.#subjects = new RecentSubjects(subjects)
  }

  get size(): number {
    return this.#subjects.size
  }

  /** What the store would say; `undefined` when it has to be asked. */
  find(asks: readonly Ask[]): Verdict | undefined {
    if (this.#subjects.size === 0) return undefined
    const now = this.#clock.now()
    let deniedBy = -1
    let retryAfterMs = 0
    let i = 0
    for (const ask of asks) {
      const wait = this.#wait(ask, now)
      if (wait > retryAfterMs) {
        retryAfterMs = wait
        deniedBy = i
      }
      i++
    }
    return deniedBy < 0 ? undefined : this.#verdict(asks, { deniedBy, retryAfterMs, now })
  }

  /**
   * @param at when the store was asked, in monotonic milliseconds.
   * @param reset until the share is full again.
   * @param wait until the ask would pass.
   */
  add({ limit, subject, cost }: Ask, { at, reset, wait }: { at: number; reset: Ms; wait: Ms }): void {
    const denied = this.#subjects.findOrAdd(limit.id, subject)
    denied.denied = limit
    denied.deniedCost = cost
    denied.deniedUntil = at + Math.min(wait, this.#longest)
    denied.passesAt = at + wait
    denied.fullAt = at + reset
  }

  #wait({ limit, subject, cost }: Ask, now: number): Ms {
    const denied = this.#subjects.find(limit.id, subject)
    // A limit that was configured anew is another object.
    if (denied?.denied !== limit || cost < denied.deniedCost) return 0
    if (denied.deniedUntil <= now) {
      this.#subjects.remove(denied)
      return 0
    }
    return denied.passesAt - now
  }

  #verdict(
    asks: readonly Ask[],
    { deniedBy, retryAfterMs, now }: { deniedBy: number; retryAfterMs: Ms; now: number },
  ): Verdict {
    const remaining: number[] = []
    const resetMs: Ms[] = []
    for (const { limit, subject } of asks) {
      const fullAt = this.#fullAt(limit, subject)
      const interval = intervalOf(limit)
      const isKnown = fullAt !== undefined && limit.kind === 'rate'
      remaining.push(isKnown ? leftOf(fullAt - now, interval, interval * wholeOf(limit)) : -1)
      resetMs.push(fullAt === undefined ? 0 : fullAt - now)
    }
    return { kind: 'denied', remaining, resetMs, retryAfterMs, deniedBy, by: 'store' }
  }

  #fullAt(limit: Limit, subject: string): number | undefined {
    const denied = this.#subjects.find(limit.id, subject)
    return denied?.denied === limit ? denied.fullAt : undefined
  }
}
