import { hash } from 'node:crypto'
import type { Ask, Limit } from './limiter.ts'

/** What is worked out of a limit once. */
interface Amounts {
  readonly key: string
  readonly capacity: string
  readonly intervalUs: number
  readonly one: string
}

/** How asks are put to the store. Names of subjects are hashed: they may be secrets, and of any length. */
export class StoreKeys {
  readonly #prefix: string
  readonly #amounts = new WeakMap<Limit, Amounts>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The key of a share: all of one subject stand in one slot of a Cluster. 132 bits of SHA-256 name the subject, 96 the limit. */
  keyOf({ limit, subject }: Ask): string {
    return `${this.#prefix}{${hash('sha256', subject, 'base64url').slice(0, 22)}}:${this.#of(limit).key}`
  }

  /** What the share holds, in microseconds. */
  capacityOf({ limit }: Ask): string {
    return this.#of(limit).capacity
  }

  /** What is taken, in microseconds. */
  amountOf({ limit, cost }: Ask): string {
    const { one, intervalUs } = this.#of(limit)
    return cost === 1 ? one : text(cost * intervalUs)
  }

  #of(limit: Limit): Amounts {
    const known = this.#amounts.get(limit)
    if (known !== undefined) return known
    const intervalUs = (limit.per * 1000) / limit.rate
    const made = {
      key: hash('sha256', limit.id, 'base64url').slice(0, 16),
      capacity: text(intervalUs * (limit.burst + 1)),
      intervalUs,
      one: text(intervalUs),
    }
    this.#amounts.set(limit, made)
    return made
  }
}

/** Without an exponent, to a nanosecond. */
function text(us: number): string {
  return us.toFixed(3)
}
