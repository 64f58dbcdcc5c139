import { shortSubject } from '../leases/short-subject.ts'
import { InFlight } from './in-flight.ts'
import { type Concurrency, denied, type NoPermit, type Permit, type PermitAsk } from './permits.ts'

/** Counts in the memory of this process. Answers at once. */
export class LocalConcurrency implements Concurrency {
  readonly #counts = new InFlight()

  get inFlight(): number {
    return this.#counts.total
  }

  take({ limit, subject }: PermitAsk): Permit | NoPermit {
    const short = shortSubject(subject)
    const left = this.#counts.take(limit.id, short, limit.most)
    return left < 0 ? denied : new CountedPermit(this.#counts, limit.id, short, left)
  }
}

/** A permit that one count knows of. */
class CountedPermit implements Permit {
  readonly kind = 'admitted'
  readonly left: number
  readonly #counts: InFlight
  readonly #limit: string
  readonly #subject: string

  constructor(counts: InFlight, limit: string, subject: string, left: number) {
    this.#counts = counts
    this.#limit = limit
    this.#subject = subject
    this.left = left
  }

  giveBack(): void {
    this.#counts.giveBack(this.#limit, this.#subject)
  }
}
