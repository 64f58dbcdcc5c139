import { hash } from 'node:crypto'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

/** What was found out about a password. */
export type KnownVerdict = 'right' | 'wrong'

/** Right ones outlive an attack: they have a place of their own. */
const most: Readonly<Record<KnownVerdict, number>> = { right: 10_000, wrong: 1_000 }
const longestMs: Readonly<Record<KnownVerdict, Ms>> = { right: 600_000, wrong: 60_000 }

/**
 * Remembers whether a user's password was that of a hash, by a digest with a key that this process alone has: neither passwords nor
 * anything to guess them by stay in memory. 10,000 right ones for ten minutes, 1,000 wrong ones for one; the longest unused goes first.
 */
export class VerdictCache {
  readonly #clock: Clock
  readonly #key: string
  /** To when each holds, in the order of use. */
  readonly #until: Readonly<Record<KnownVerdict, Map<string, number>>> = {
    right: new Map(),
    wrong: new Map(),
  }

  /** @param key bytes nobody can guess. */
  constructor(clock: Clock, key: Buffer) {
    this.#clock = clock
    this.#key = key.toString('hex')
  }

  /** What `get` and `put` know a try by. Texts of users and hashes have no line ends. */
  digest(user: string, password: string, passwordHash: string): string {
    return hash('sha256', `${this.#key}\n${user}\n${passwordHash}\n${password}`, 'base64url')
  }

  get(digest: string): KnownVerdict | undefined {
    if (this.#isKnown('right', digest)) return 'right'
    return this.#isKnown('wrong', digest) ? 'wrong' : undefined
  }

  put(digest: string, verdict: KnownVerdict): void {
    const map = this.#until[verdict]
    map.delete(digest)
    map.set(digest, this.#clock.now() + longestMs[verdict])
    if (map.size <= most[verdict]) return
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }

  #isKnown(verdict: KnownVerdict, digest: string): boolean {
    const map = this.#until[verdict]
    const until = map.get(digest)
    if (until === undefined) return false
    map.delete(digest)
    if (until <= this.#clock.now()) return false
    map.set(digest, until)
    return true
  }
}
