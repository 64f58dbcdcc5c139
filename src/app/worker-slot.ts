import { backoffDelay } from '../control/backoff.ts'
import type { DrainSettings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { FirstMessages, WorkerEvents, WorkerProcess } from './worker-process.ts'

export interface WorkerSlotDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly index: number
  readonly launch: (
    index: number,
    first: () => FirstMessages | undefined,
    events: WorkerEvents,
  ) => WorkerProcess
  readonly first: () => FirstMessages | undefined
  /** How long a worker that is replaced may take to finish. */
  readonly drainTimes: () => DrainSettings
  readonly onEvent: (event: WorkerEvent) => void
  /** Told whenever a worker settled or ended. */
  readonly onChange: (worker: WorkerProcess) => void
}

/** What is worth a line in the log. */
export type WorkerEvent =
  | {
      readonly kind: 'started' | 'replacing' | 'finished'
      readonly worker: WorkerProcess
      readonly why: string
    }
  | { readonly kind: 'died'; readonly worker: WorkerProcess; readonly why: string; readonly waitMs: Ms }
  | { readonly kind: 'failed'; readonly worker: WorkerProcess; readonly why: string }

/** A worker that lasted this long has not crashed at start: its replacement starts without waiting. */
const settledAfter: Ms = 10_000
const crashLoop = { base: 200, max: 10_000 }

/** One place for a worker: whoever dies in it is replaced, whoever is to be replaced stays until the next is ready. */
export class WorkerSlot {
  readonly index: number
  /** Who serves, and while it starts, who is to take over. */
  current: WorkerProcess | undefined
  next: WorkerProcess | undefined
  /** Those who finish what they have. */
  readonly leaving = new Set<WorkerProcess>()
  readonly #deps: WorkerSlotDeps
  #crashes = 0
  #timer: unknown
  #closed = false

  constructor(deps: WorkerSlotDeps) {
    this.#deps = deps
    this.index = deps.index
  }

  all(): WorkerProcess[] {
    return [this.current, this.next, ...this.leaving].filter((worker) => worker !== undefined)
  }

  start(): void {
    if (this.#closed || this.current !== undefined) return
    this.current = this.#launch()
  }

  /** Starts a successor, and lets go of the current worker when that is ready. */
  replace(why: string): void {
    if (this.#closed || this.current === undefined || this.next !== undefined) return
    if (this.current.state === 'starting') return
    this.#deps.onEvent({ kind: 'replacing', worker: this.current, why })
    this.next = this.#launch()
  }

  /** Replaces nobody any more. */
  close(): void {
    this.#closed = true
    this.#deps.clock.clearTimeout(this.#timer)
  }

  #launch(): WorkerProcess {
    const worker = this.#deps.launch(this.index, this.#deps.first, {
      onSettled: (worker) => this.#onSettled(worker),
      onRetire: (_, why) => this.replace(why),
      onFailed: (worker, what, message) => this.#onFailed(worker, `${what}: ${message}`),
      onExit: (worker, how) => this.#onExit(worker, how),
    })
    worker.start()
    this.#deps.onEvent({ kind: 'started', worker, why: '' })
    return worker
  }

  #onSettled(worker: WorkerProcess): void {
    if (worker === this.next && this.current !== undefined) {
      const former = this.current
      this.current = worker
      this.next = undefined
      this.leaving.add(former)
      former.drain(this.#deps.drainTimes())
    }
    this.#deps.onChange(worker)
  }

  /** A worker that could not install a model is out of step with the others: a fresh one starts from the whole. */
  #onFailed(worker: WorkerProcess, why: string): void {
    this.#deps.onEvent({ kind: 'failed', worker, why })
    if (worker.state === 'starting') worker.kill()
    else this.replace(why)
  }

  #onExit(worker: WorkerProcess, how: string): void {
    const wasToLeave = this.leaving.delete(worker)
    if (wasToLeave || (this.#closed && worker.wasDrained)) {
      if (worker === this.current) this.current = undefined
      if (worker === this.next) this.next = undefined
      this.#deps.onEvent({ kind: 'finished', worker, why: how })
    } else if (worker === this.next) {
      this.next = undefined
      this.#died(worker, how)
    } else {
      this.current = this.next
      this.next = undefined
      this.#died(worker, how)
    }
    this.#deps.onChange(worker)
  }

  #died(worker: WorkerProcess, how: string): void {
    const lived = this.#deps.clock.now() - worker.startedAt
    this.#crashes = lived > settledAfter ? 0 : this.#crashes + 1
    const { base, max } = crashLoop
    const waitMs = this.#crashes < 2 ? 0 : backoffDelay(this.#crashes - 1, base, max, this.#deps.random)
    this.#deps.onEvent({ kind: 'died', worker, why: how, waitMs })
    if (this.#closed) return
    if (waitMs === 0) this.#refill()
    else this.#timer = this.#deps.clock.setTimeout(() => this.#refill(), waitMs)
  }

  /** A successor that died while its predecessor serves is not tried again by itself: nothing is missing. */
  #refill(): void {
    if (this.current === undefined) this.start()
  }
}
