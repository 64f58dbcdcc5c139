import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { shortSubject } from '../leases/short-subject.ts'
import { decideAlone } from './decide-alone.ts'
import { InFlight } from './in-flight.ts'
import { heldAlready, type PermitDemand, type PermitReturn } from './permit-office.ts'
import { type Concurrency, denied, type NoPermit, type Permit, type PermitAsk } from './permits.ts'

/** The way to the office. */
export interface PermitLink {
  /** How many are left for each demand, -1 without a permit. However late: what is given then is given back. Never rejects. */
  take(demands: readonly PermitDemand[]): Promise<readonly number[]>
  giveBack(returns: readonly PermitReturn[]): void
}

export interface OfficeConcurrencyDeps {
  readonly clock: Clock
  readonly link: PermitLink
  /** Processes that ask, for the part of each while the office does not answer. */
  readonly workers: number
}

interface Waiting {
  readonly ask: PermitAsk
  /** `undefined` once it is called. */
  resolve: ((permit: Permit | NoPermit) => void) | undefined
}

/** A control process that takes longer is in trouble; until then requests wait, as nobody else knows how many there are. */
const patience: Ms = 1000

/**
 * The count of one of several processes: the office is asked for each request, by one question for all that came while the last was on
 * its way, so that no more are in flight together than one limit says. What this process gave while the office did not answer is told to
 * it with the next question, so that it refuses until enough of those have ended.
 */
export class OfficeConcurrency implements Concurrency {
  readonly #deps: OfficeConcurrencyDeps
  /** What this process holds, whoever gave it. */
  readonly #own = new InFlight()
  /** Those that this process holds, and the office does not know of. */
  #untold = new Set<PermitAsk>()
  #waiting: Waiting[] = []
  #isAsking = false
  /** The last question has been waited for too long. */
  #isOverdue = false
  #returns: PermitReturn[] = []

  constructor(deps: OfficeConcurrencyDeps) {
    this.#deps = deps
  }

  get inFlight(): number {
    return this.#own.total
  }

  take({ limit, subject }: PermitAsk): Permit | NoPermit | Promise<Permit | NoPermit> {
    const ask = { limit, subject: shortSubject(subject) }
    if (this.#own.of(limit.id, ask.subject) >= limit.most) return denied
    return this.#isOverdue ? this.#alone(ask) : this.#wait(ask)
  }

  #wait(ask: PermitAsk): Promise<Permit | NoPermit> {
    return new Promise((resolve) => {
      this.#waiting.push({ ask, resolve })
      if (this.#isAsking) return
      this.#isAsking = true
      // What else comes in this turn goes along.
      queueMicrotask(() => void this.#ask())
    })
  }

  async #ask(): Promise<void> {
    while (this.#waiting.length > 0 || this.#untold.size > 0) {
      const [told, asked] = [[...this.#untold], this.#waiting]
      this.#untold = new Set()
      this.#waiting = []
      this.#tellReturns()
      let isAnswered = false
      // When this process itself stood still, the answer may be there, and is read before this is looked at.
      const look = (): void => {
        if (!isAnswered) this.#onOverdue(asked)
      }
      const timer = this.#deps.clock.setTimeout(() => setImmediate(look), patience)
      const answers = await this.#deps.link.take([
        ...told.map((ask) => demandOf(ask, heldAlready)),
        ...asked.map(({ ask }) => demandOf(ask, ask.limit.most)),
      ])
      isAnswered = true
      this.#deps.clock.clearTimeout(timer)
      this.#isOverdue = false
      for (const [i, waiting] of asked.entries()) this.#settle(waiting, answers[told.length + i] ?? -1)
    }
    this.#isAsking = false
  }

  #settle({ ask, resolve }: Waiting, left: number): void {
    if (left < 0) return resolve?.(denied)
    if (resolve === undefined) return this.#onLate(ask)
    const { limit, subject } = ask
    // Whatever this process holds already: the office knows better.
    this.#own.take(limit.id, subject, Number.POSITIVE_INFINITY)
    resolve(this.#permit(ask, left))
  }

  /** The office gives what was decided without it: that is the permit this process gave itself, or nobody needs it. */
  #onLate(ask: PermitAsk): void {
    if (!this.#untold.delete(ask)) this.#return(ask)
  }

  #onOverdue(asked: readonly Waiting[]): void {
    this.#isOverdue = true
    const later = this.#waiting
    this.#waiting = []
    for (const waiting of [...asked, ...later]) {
      waiting.resolve?.(this.#alone(waiting.ask))
      waiting.resolve = undefined
    }
  }

  /** Without the office. */
  #alone(ask: PermitAsk): Permit | NoPermit {
    const [own, processes] = [this.#own, this.#deps.workers]
    return decideAlone(ask, { own, processes }, (left) => {
      this.#untold.add(ask)
      return this.#permit(ask, left)
    })
  }

  #permit(ask: PermitAsk, left: number): Permit {
    return { kind: 'admitted', left, giveBack: () => this.#giveBack(ask) }
  }

  #giveBack(ask: PermitAsk): void {
    this.#own.giveBack(ask.limit.id, ask.subject)
    if (!this.#untold.delete(ask)) this.#return(ask)
  }

  /** Told at the end of this turn, or with the next question. */
  #return({ limit, subject }: PermitAsk): void {
    if (this.#returns.length === 0) setImmediate(() => this.#tellReturns())
    this.#returns.push({ limit: limit.id, subject })
  }

  #tellReturns(): void {
    if (this.#returns.length === 0) return
    const returns = this.#returns
    this.#returns = []
    this.#deps.link.giveBack(returns)
  }
}

function demandOf({ limit, subject }: PermitAsk, most: number): PermitDemand {
  return { limit: limit.id, subject, most }
}
