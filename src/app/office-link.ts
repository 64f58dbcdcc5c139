import type { PermitLink } from '../limits/concurrency/office-concurrency.ts'
import type { PermitDemand, PermitReturn } from '../limits/concurrency/permit-office.ts'
import type { Demand, Grant, Return } from '../limits/leases/lease.ts'
import type { OfficeLink } from '../limits/leases/leased-limiter.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { FromWorker } from './messages.ts'
import { PendingAnswers } from './pending-answers.ts'

type Tell = (message: FromWorker) => Promise<void>

/** A worker's ways to who counts for all workers, in the control process. */
export interface OfficeLinks {
  readonly leases: OfficeLink
  readonly permits: PermitLink
}

/** A control process that takes longer is busy with something large, and requests do not wait for that. */
const patience: Ms = 100

/** A worker's way to the office that counts rate limits. */
export class IpcOfficeLink implements OfficeLink {
  readonly #tell: Tell
  readonly #asked: PendingAnswers<readonly Grant[]>

  constructor(tell: Tell, clock: Clock) {
    this.#tell = tell
    this.#asked = new PendingAnswers(clock)
  }

  ask(demands: readonly Demand[]): Promise<readonly Grant[] | undefined> {
    return this.#asked.ask((id) => void this.#tell({ kind: 'lease', id, demands }), patience)
  }

  giveBack(returns: readonly Return[]): void {
    void this.#tell({ kind: 'giveBack', returns })
  }

  /** What came back; what comes too late is used by nobody, and is lost to its limit. */
  answer(id: number, grants: readonly Grant[]): void {
    this.#asked.answer(id, grants)
  }
}

/** A worker's way to the office that counts requests in flight. */
export class IpcPermitLink implements PermitLink {
  readonly #tell: Tell
  readonly #asked: PendingAnswers<readonly number[]>

  constructor(tell: Tell, clock: Clock) {
    this.#tell = tell
    this.#asked = new PendingAnswers(clock)
  }

  /** Waits as long as it takes: an answer that is not heard would be permits that nobody gives back. */
  async take(demands: readonly PermitDemand[]): Promise<readonly number[]> {
    const ask = (id: number): void => void this.#tell({ kind: 'takePermits', id, demands })
    return (await this.#asked.ask(ask, Number.POSITIVE_INFINITY)) ?? []
  }

  giveBack(returns: readonly PermitReturn[]): void {
    void this.#tell({ kind: 'returnPermits', returns })
  }

  answer(id: number, left: readonly number[]): void {
    this.#asked.answer(id, left)
  }
}
