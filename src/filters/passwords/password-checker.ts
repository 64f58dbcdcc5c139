import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { AttemptLimiter } from './attempt-limiter.ts'
import { HashQueue, type HashVerdict } from './hash-queue.ts'
import { VerdictCache } from './verdict-cache.ts'

/** A password that somebody sent. */
export interface Attempt {
  /** Names the set of users. */
  readonly users: string
  readonly clientAddress: string
  readonly user: string
  readonly password: string
  /** The hash of the user; for somebody who is not known that of somebody else, so that both take the same time. */
  readonly hash: string
  readonly isKnown: boolean
}

/** What a try came to. */
export type CheckResult =
  | { readonly kind: HashVerdict }
  /** The client has tried too often, and nobody looked. */
  | { readonly kind: 'limited'; readonly waitMs: Ms }

const right: CheckResult = { kind: 'right' }
const wrong: CheckResult = { kind: 'wrong' }
const busy: CheckResult = { kind: 'busy' }
const broken: CheckResult = { kind: 'broken' }

/**
 * Checks passwords for a process: remembers what it found out, lets no client try without end, and does what takes long in a thread
 * beside the traffic. Whether the user is known makes no difference to the time that anything takes.
 */
export class PasswordChecker {
  readonly #cache: VerdictCache
  readonly #limiter: AttemptLimiter
  readonly #queue: HashQueue
  /** Tries that are being looked at: a browser sends six at once. */
  readonly #pending = new Map<string, Promise<HashVerdict>>()

  /** @param key bytes nobody can guess, for the digests of what is remembered. */
  constructor(clock: Clock, key: Buffer, queue: HashQueue = new HashQueue()) {
    this.#cache = new VerdictCache(clock, key)
    this.#limiter = new AttemptLimiter(clock)
    this.#queue = queue
  }

  /** At once when it is remembered or the client is over its limit, else later. Never rejects. */
  check(attempt: Attempt): CheckResult | Promise<CheckResult> {
    const { user, password, hash, clientAddress, users, isKnown } = attempt
    // Names of users hold no tab.
    const digest = this.#cache.digest(isKnown ? user : `\t${user}`, password, hash)
    const known = this.#cache.get(digest)
    if (known === 'right') return right
    const waitMs = this.#limiter.take(clientAddress, users)
    if (waitMs > 0) return { kind: 'limited', waitMs }
    return known === 'wrong' ? wrong : this.#ask(attempt, digest)
  }

  close(): void {
    this.#queue.close()
  }

  async #ask(attempt: Attempt, digest: string): Promise<CheckResult> {
    const { clientAddress, users } = attempt
    const verdict = await this.#verdict(attempt, digest)
    switch (verdict) {
      case 'right':
        this.#limiter.giveBack(clientAddress, users)
        return right
      case 'wrong':
        return wrong
      case 'busy':
        this.#limiter.giveBack(clientAddress, users)
        return busy
      case 'broken':
        this.#limiter.giveBack(clientAddress, users)
        return broken
    }
  }

  #verdict(attempt: Attempt, digest: string): Promise<HashVerdict> {
    const pending = this.#pending.get(digest)
    if (pending !== undefined) return pending
    const verdict = this.#remembered(attempt, digest)
    this.#pending.set(digest, verdict)
    return verdict
  }

  /** The password of whomever the hash is of is as wrong as any for a user who is not known, and nothing may tell it apart. */
  async #remembered(attempt: Attempt, digest: string): Promise<HashVerdict> {
    const { password, hash, users, isKnown } = attempt
    const found = await this.#queue.verify(password, hash, users)
    const verdict = found === 'right' && !isKnown ? 'wrong' : found
    this.#pending.delete(digest)
    if (verdict === 'right' || verdict === 'wrong') this.#cache.put(digest, verdict)
    return verdict
  }
}
