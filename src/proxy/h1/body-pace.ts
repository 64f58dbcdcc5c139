import type { ListenerLimits } from '../../model/listener.ts'
import type { Bytes, Ms } from '../../std/units.ts'

/** How often the rate is looked at once the grace is over. */
const checkMs: Ms = 1000

/** Judges how fast a request's body comes: never silent for too long, and not a drip. Time that we held it up does not count. */
export class BodyPace {
  readonly #limits: ListenerLimits
  readonly #rated: boolean
  #started: Ms
  #heard: Ms
  #pausedAt: Ms = -1

  /** @param rated the minimum rate holds, and not for idle time alone. */
  constructor(limits: ListenerLimits, rated: boolean, now: Ms) {
    this.#limits = limits
    this.#rated = rated
    this.#started = now
    this.#heard = now
  }

  heard(now: Ms): void {
    this.#heard = now
  }

  get paused(): boolean {
    return this.#pausedAt >= 0
  }

  pause(now: Ms): void {
    if (this.#pausedAt < 0) this.#pausedAt = now
  }

  resume(now: Ms): void {
    if (this.#pausedAt < 0) return
    this.#started += now - this.#pausedAt
    this.#heard = now
    this.#pausedAt = -1
  }

  /** When to ask again. */
  nextCheck(now: Ms): Ms {
    const { bodyIdle, bodyRateGrace } = this.#limits
    const idleAt = bodyIdle === 0 ? Number.POSITIVE_INFINITY : this.#heard + bodyIdle
    if (!this.#rated || this.#limits.bodyRate === 0) return idleAt
    return Math.min(idleAt, Math.max(this.#started + bodyRateGrace, now + checkMs))
  }

  /** What is wrong with the pace; `undefined` while it is well. */
  fault(now: Ms, bytes: Bytes): string | undefined {
    if (this.paused) return undefined
    const { bodyIdle, bodyRate, bodyRateGrace } = this.#limits
    if (bodyIdle > 0 && now - this.#heard >= bodyIdle) return `no byte for ${bodyIdle} ms`
    const elapsed = now - this.#started
    if (!this.#rated || bodyRate === 0 || elapsed < bodyRateGrace) return undefined
    const rate = (bytes * 1000) / Math.max(1, elapsed)
    return rate < bodyRate ? `${Math.floor(rate)} bytes a second` : undefined
  }
}
