import { InFlight } from './in-flight.ts'

/** A worker asks for a permit. JSON-able, as all that is told. */
export interface PermitDemand {
  readonly limit: string
  readonly subject: string
  readonly most: number
}

/** `most` for a permit that a worker gave without the office: it is in flight, whatever the limit says. */
export const heldAlready = Number.MAX_SAFE_INTEGER

/** A worker needs a permit no longer. */
export type PermitReturn = Pick<PermitDemand, 'limit' | 'subject'>

/**
 * Counts the requests in flight of a gateway that has several processes and no Redis. It knows what each of them holds, so what a
 * process held that dies is free at once.
 */
export class PermitOffice {
  readonly #counts = new InFlight()

  /** Of all processes together. */
  get inFlight(): number {
    return this.#counts.total
  }

  /** The book of one process, from its start to its end. */
  open(): PermitLedger {
    return new PermitLedger(this.#counts)
  }
}

/** What one process holds. */
export class PermitLedger {
  readonly #all: InFlight
  readonly #own = new InFlight()
  #isClosed = false

  constructor(all: InFlight) {
    this.#all = all
  }

  /** @returns for each demand how many more there could be; -1 for those that get no permit. */
  take(demands: readonly PermitDemand[]): number[] {
    return demands.map((demand) => this.#take(demand))
  }

  /** What the process does not hold is not taken back. */
  giveBack(returns: readonly PermitReturn[]): void {
    for (const { limit, subject } of returns)
      if (this.#own.giveBack(limit, subject)) this.#all.giveBack(limit, subject)
  }

  /** The process is gone: what it held is free, and what comes late from it says nothing any more. */
  close(): void {
    this.#isClosed = true
    for (const [limit, subject, count] of this.#own.entries())
      for (let i = 0; i < count; i++) this.giveBack([{ limit, subject }])
  }

  #take({ limit, subject, most }: PermitDemand): number {
    if (this.#isClosed) return -1
    const left = this.#all.take(limit, subject, most)
    if (left >= 0) this.#own.take(limit, subject, Number.POSITIVE_INFINITY)
    return left
  }
}
