import ipaddr from 'ipaddr.js'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

/** So many tries at once, then one more each two seconds: a person who mistypes does not notice. */
const burst = 10
const everyMs: Ms = 2_000
/** Some 2 MB. The oldest goes for a new one, who had not tried then. */
const mostClients = 10_000

/**
 * Limits what one client may try with one set of users: 10 passwords at once, then one each two seconds; IPv6 clients by /64. GCRA: a client is the time at
 * which all it has taken is given back. For 10,000 clients, in this process alone.
 */
export class AttemptLimiter {
  readonly #clock: Clock
  /** In the order in which clients came. */
  readonly #settledAt = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes one try. 0 when the client has one, else the milliseconds until it does, and nothing is taken.
   *
   * @param users whose password it is: tries with those of one tenant say nothing of another's.
   */
  take(clientAddress: string, users = ''): Ms {
    const client = `${users} ${groupOf(clientAddress)}`
    const now = this.#clock.now()
    const settledAt = Math.max(this.#settledAt.get(client) ?? now, now)
    const wait = settledAt + everyMs - now - burst * everyMs
    if (wait > 0) return wait
    this.#put(client, settledAt + everyMs)
    return 0
  }

  /** Gives a try back: the password was right, or nobody looked at it. */
  giveBack(clientAddress: string, users = ''): void {
    const client = `${users} ${groupOf(clientAddress)}`
    const settledAt = this.#settledAt.get(client)
    if (settledAt === undefined) return
    const before = settledAt - everyMs
    if (before <= this.#clock.now()) this.#settledAt.delete(client)
    else this.#settledAt.set(client, before)
  }

  #put(client: string, settledAt: number): void {
    this.#settledAt.set(client, settledAt)
    if (this.#settledAt.size <= mostClients) return
    const [oldest] = this.#settledAt.keys()
    if (oldest !== undefined) this.#settledAt.delete(oldest)
  }
}

/** An IPv6 client has all of its /64. */
function groupOf(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}
