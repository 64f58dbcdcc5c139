import type { Demand, Grant, Return } from '../limits/leases/lease.ts'
import type { OfficeLink } from '../limits/leases/leased-limiter.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { FromWorker } from './messages.ts'

/** A control process that takes longer is busy with something large, and requests do not wait for that. */
const patience: Ms = 100

/** A worker's way to the office that counts rate limits, in the control process. */
export class IpcOfficeLink implements OfficeLink {
  readonly #tell: (message: FromWorker) => Promise<void>
  readonly #clock: Clock
  readonly #waiting = new Map<number, (grants: readonly Grant[] | undefined) => void>()
  #questions = 0

  constructor(tell: (message: FromWorker) => Promise<void>, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  ask(demands: readonly Demand[]): Promise<readonly Grant[] | undefined> {
    const id = ++this.#questions
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => answered(undefined), patience)
      const answered = (grants: readonly Grant[] | undefined): void => {
        this.#clock.clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(grants)
      }
      this.#waiting.set(id, answered)
      void this.#tell({ kind: 'lease', id, demands })
    })
  }

  giveBack(returns: readonly Return[]): void {
    void this.#tell({ kind: 'giveBack', returns })
  }

  /** What came back; what comes too late is used by nobody, and is lost to its limit. */
  answer(id: number, grants: readonly Grant[]): void {
    this.#waiting.get(id)?.(grants)
  }
}
