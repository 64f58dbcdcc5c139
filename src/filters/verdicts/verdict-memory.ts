import { hash } from 'node:crypto'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { Answered } from '../subrequest.ts'
import type { SharedQuestion } from './shared-question.ts'
import { VerdictStore } from './verdict-store.ts'

/** Those that let requests pass outlive a flood of strangers, who are denied: they have a place of their own. */
const allowedLimits = { entries: 20_000, bytes: 16_777_216 }
const deniedLimits = { entries: 4_000, bytes: 4_194_304 }

/**
 * Verdicts of other servers that hold for a while, for all filters of a process together, each of which sees its own alone. They are
 * known by a digest with a key that this process alone has: nothing of what requests prove themselves with stays in memory.
 */
export class VerdictMemory {
  /** Questions that are under way, by digest. */
  readonly questions = new Map<string, SharedQuestion>()
  readonly #clock: Clock
  readonly #secret: string
  readonly #allowed = new VerdictStore(allowedLimits)
  readonly #denied = new VerdictStore(deniedLimits)
  #filters = 0

  /** @param secret bytes nobody can guess. */
  constructor(clock: Clock, secret: Buffer) {
    this.#clock = clock
    this.#secret = secret.toString('hex')
  }

  /** Digests of one filter: the same key of another gives another digest. */
  digests(): (key: string) => string {
    const filter = ++this.#filters
    return (key) => hash('sha256', `${this.#secret}\n${filter}\n${key}`, 'base64url')
  }

  get(digest: string): Answered | undefined {
    const now = this.#clock.now()
    return this.#allowed.get(digest, now) ?? this.#denied.get(digest, now)
  }

  put(digest: string, answer: Answered, holds: Ms): void {
    const store = answer.status < 300 ? this.#allowed : this.#denied
    store.put(digest, answer, this.#clock.now() + holds)
  }
}
