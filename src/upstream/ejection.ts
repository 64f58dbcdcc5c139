import type { OutlierDetection } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

/** `in`: used. `ejected`: left out for a time. `probing`: one request at a time finds out whether it is back. */
export type EjectionPhase = 'in' | 'ejected' | 'probing'

/** What ejecting needs from outside. */
export interface EjectionHost {
  readonly clock: Clock
  outlier(): OutlierDetection
  /** False when too many of the cluster are ejected already. */
  mayEject(): boolean
  phaseChanged(cause: string): void
}

/**
 * Passive outlier detection of one endpoint: so many failures in a row eject it; after that one request at a time is let
 * through, and what becomes of it ends or doubles the ejection. (mesh.md §2.8, hardening §4.2)
 */
export class Ejection {
  readonly #host: EjectionHost
  phase: EjectionPhase = 'in'
  /** Monotonic ms; meaningful while ejected. */
  until = 0
  /** Failures in a row. */
  failures = 0
  /** Ejections since it last stayed in for as long as the longest ejection. */
  #count = 0
  #ejectedAt = 0
  #returnedAt = 0
  /** Start of the first probe of this phase: what began before it proves nothing. */
  #probesFrom = Infinity
  /** Start of the probe in flight. */
  #probeAt = -Infinity
  #timer: unknown = undefined

  constructor(host: EjectionHost) {
    this.#host = host
  }

  /** Whether a request may go out as a probe: none is in flight, or it has been for as long as an ejection. */
  mayProbe(now: number): boolean {
    return this.phase === 'probing' && now - this.#probeAt > this.#host.outlier().baseEjection
  }

  started(now: number): void {
    if (this.phase !== 'probing') return
    if (this.#probesFrom === Infinity) this.#probesFrom = now
    this.#probeAt = now
  }

  succeeded(startedAt: number, now: number): void {
    this.failures = 0
    if (this.phase === 'in' || !this.#proves(startedAt)) return
    this.#returnedAt = now
    this.#enter('in', 'a request succeeded')
  }

  failed(startedAt: number, now: number): void {
    const limit = this.#host.outlier().consecutiveFailures
    // What began before it came back tells of the time before.
    if (limit === 0 || (this.phase === 'in' && startedAt < this.#returnedAt)) return
    this.failures++
    if (this.phase === 'in' && this.failures % limit === 0) {
      if (this.#host.mayEject()) this.#eject(now, `${this.failures} failures in a row`)
    } else if (this.phase === 'probing' && this.#proves(startedAt)) {
      this.#eject(now, 'failed again when tried')
    }
  }

  /** Ended, and nobody knows how it would have. */
  cancelled(startedAt: number): void {
    if (this.phase === 'probing' && this.#proves(startedAt)) this.#probeAt = -Infinity
  }

  /** Detection was switched off: everything is forgotten. */
  reset(): void {
    this.failures = 0
    this.#count = 0
    if (this.phase !== 'in') this.#enter('in', 'outlier detection was switched off')
  }

  close(): void {
    this.#host.clock.clearTimeout(this.#timer)
  }

  /** While it is ejected requests come only in panic; their success proves as much as a probe's. */
  #proves(startedAt: number): boolean {
    return this.phase === 'ejected' ? startedAt > this.#ejectedAt : startedAt >= this.#probesFrom
  }

  #eject(now: number, cause: string): void {
    const { baseEjection, maxEjection } = this.#host.outlier()
    if (this.phase === 'in' && now - this.#returnedAt >= maxEjection) this.#count = 0
    const time: Ms = Math.min(maxEjection, baseEjection * 2 ** this.#count)
    this.#count++
    this.#ejectedAt = now
    this.until = now + time
    this.#enter('ejected', cause)
    this.#timer = this.#host.clock.setTimeout(() => {
      this.#probesFrom = Infinity
      this.#probeAt = -Infinity
      this.#enter('probing', `${time} ms are over`)
    }, time)
  }

  #enter(phase: EjectionPhase, cause: string): void {
    this.#host.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.phase = phase
    this.#host.phaseChanged(cause)
  }
}
