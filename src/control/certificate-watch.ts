import { type DateFault, dateFaults } from '../model/certificate-dates.ts'
import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

/** Certificates age whether or not anything is loaded. */
const lookEvery: Ms = 3_600_000

export interface CertificateWatchDeps {
  readonly clock: Clock
  /** The model in force. */
  readonly model: () => Model | undefined
  /** Told of each fault once, and again when it gets worse. */
  readonly onFault: (fault: DateFault) => void
}

/** Watches the dates of the certificates in force. */
export class CertificateWatch implements Disposable {
  readonly #deps: CertificateWatchDeps
  #told = new Set<string>()
  #timer: unknown

  constructor(deps: CertificateWatchDeps) {
    this.#deps = deps
  }

  /** As of now. */
  problems(): readonly Problem[] {
    return this.#faults().map(({ problem }) => problem)
  }

  /** Looks at once, and every hour from then on. */
  look(): void {
    const { clock, onFault } = this.#deps
    const faults = new Map(
      this.#faults().map((fault) => [`${fault.certificate.fingerprint} ${fault.stage}`, fault]),
    )
    for (const [key, fault] of faults) if (!this.#told.has(key)) onFault(fault)
    this.#told = new Set(faults.keys())
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.look(), lookEvery)
  }

  [Symbol.dispose](): void {
    this.#deps.clock.clearTimeout(this.#timer)
  }

  #faults(): readonly DateFault[] {
    const { clock, model } = this.#deps
    const inForce = model()
    return inForce === undefined ? [] : dateFaults(inForce, clock.wall())
  }
}
