import type { Ms } from '../../std/units.ts'
import { Liveness } from './liveness.ts'
import type { UpstreamStreams } from './upstream-streams.ts'

/** Time for the endpoint's SETTINGS, and for its ack of ours. */
const settingsWithin: Ms = 10_000

/** Watches what an endpoint owes on a connection that stands: its SETTINGS, and signs of life. */
export class UpstreamWatch {
  readonly liveness: Liveness
  readonly #streams: UpstreamStreams
  #startedBy = Number.POSITIVE_INFINITY

  constructor(streams: UpstreamStreams, now: Ms) {
    this.#streams = streams
    this.liveness = new Liveness(now)
  }

  /** The connection stands. */
  opened(now: Ms): void {
    this.#startedBy = now + settingsWithin
    this.liveness.heard(now)
  }

  /** When to look again; `Infinity` when nothing is owed. */
  get next(): Ms {
    const watched = this.#streams.active > 0 || this.liveness.suspect
    const alive = watched ? this.liveness.nextCheck(this.#waits) : Number.POSITIVE_INFINITY
    return Math.min(this.#settingsBy, alive)
  }

  /** What the time that is over means; a ping is to be sent then, or the connection given up. */
  check(now: Ms): 'alive' | 'ping' | 'dead' | 'no settings' {
    return now >= this.#settingsBy ? 'no settings' : this.liveness.check(now, this.#waits)
  }

  get #settingsBy(): Ms {
    const { session } = this.#streams
    const startedBy = session.started ? Number.POSITIVE_INFINITY : this.#startedBy
    return Math.min(startedBy, session.unackedSince + settingsWithin)
  }

  get #waits(): 'for a head' | 'no' {
    return this.#streams.awaiting > 0 ? 'for a head' : 'no'
  }
}
