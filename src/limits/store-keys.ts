import { hash } from 'node:crypto'
import { wholeOf } from '../model/filters/rate-limit.ts'
import { intervalOf } from './gcra.ts'
import type { Ask, Limit } from './limiter.ts'

/** What is worked out of a limit once. */
interface Amounts {
  readonly key: string
  /** What it holds, and whatever else the script has to know. */
  readonly capacity: string
  /** What one request takes. */
  readonly unit: number
  readonly one: string
}

/** Shares as the script of the store is asked for them. */
export interface StoreShares {
  readonly keys: readonly string[]
  /** Two for each key. */
  readonly amounts: readonly string[]
}

/** How asks are put to the store. Names of subjects are hashed: they may be secrets, and of any length. */
export class StoreKeys {
  readonly #prefix: string
  readonly #amounts = new WeakMap<Limit, Amounts>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The key of a share: all of one subject stand in one slot of a Cluster. */
  keyOf({ limit, subject }: Ask): string {
    return `${this.#prefix}${subjectTag(subject)}:${this.#of(limit).key}`
  }

  /** What the script has to know of asks: see `decideScript`. */
  sharesOf(asks: readonly Ask[]): StoreShares {
    const keys: string[] = []
    const amounts: string[] = []
    for (const ask of asks) {
      const { capacity, unit, one } = this.#of(ask.limit)
      keys.push(this.keyOf(ask))
      amounts.push(capacity, ask.cost === 1 ? one : text(ask.cost * unit))
    }
    return { keys, amounts }
  }

  #of(limit: Limit): Amounts {
    const known = this.#amounts.get(limit)
    if (known !== undefined) return known
    const unit = limit.kind === 'rate' ? intervalOf(limit) * 1000 : 1
    const made = {
      key: limitName(limit.id),
      capacity: capacityOf(limit, unit),
      unit,
      one: text(unit),
    }
    this.#amounts.set(limit, made)
    return made
  }
}

/** By 132 bits of SHA-256, in the braces that choose the slot. */
export function subjectTag(subject: string): string {
  return `{${hash('sha256', subject, 'base64url').slice(0, 22)}}`
}

/** By 96 bits of SHA-256. */
export function limitName(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, 16)
}

/** One number for most limits, so that they cost no more than it. */
function capacityOf(limit: Limit, unit: number): string {
  const whole = wholeOf(limit)
  const capacity = text(unit * whole)
  if (limit.kind === 'rate' && limit.overdraft === 0) return capacity
  const length = limit.kind === 'rate' ? '0' : text(limit.per * 1000)
  return `${capacity} ${text(unit * (whole + limit.overdraft))} ${length}`
}

/** Without an exponent, to a nanosecond. */
function text(amount: number): string {
  return amount.toFixed(3)
}
