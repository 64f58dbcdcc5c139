import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { FairKeys, type NextKey } from './fair-keys.ts'

/** What became of a piece of work: it is done, or comes again so many ms from now. */
export type WorkResult = { readonly kind: 'done' } | { readonly kind: 'again'; readonly after: Ms }

/** The work is done. */
export const done: WorkResult = { kind: 'done' }

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Must not throw. A key is never run twice at once. */
  readonly run: (key: string) => Promise<WorkResult>
  /** Whether anything may be run now; asked before each piece of work, and again `pause` later when not. */
  readonly mayRun: () => boolean
  /** For so long a key's work has to wait although it is due; asked before it is begun, so that those behind it need not wait too. */
  readonly readyIn: (key: string) => Ms
  /** Whose work a key is, such as a namespace: those who have work that is due take turns, key by key. */
  readonly shareOf: (key: string) => string
  /** For so long all work of a share has to wait; asked before `readyIn` is. */
  readonly shareReadyIn: (share: string) => Ms
  readonly atOnce: number
  /** Pieces of work begun per second, evenly spaced. */
  readonly perSecond: number
}

/** How long nothing happens after `mayRun` said no, unless something wakes the queue. */
const pause: Ms = 1000

/**
 * Keys with work to do, few at a time and few per second. Those whose work it is take turns; of each, what fell due first comes first.
 */
export class WorkQueue implements Disposable {
  readonly #options: WorkQueueOptions
  /** When each falls due, by the clock. */
  readonly #waiting: FairKeys
  readonly #running = new Set<string>()
  /** Added while they ran: they run again. */
  readonly #once = new Map<string, number>()
  #gap: Ms
  #nextStart = 0
  #timer: unknown
  /** When the timer goes off, by the clock. */
  #armedFor = Number.POSITIVE_INFINITY
  #isClosed = false
  #idle: (() => void)[] = []

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#waiting = new FairKeys(options.shareOf)
    this.#gap = 1000 / options.perSecond
  }

  /** Keys that wait or run. */
  get size(): number {
    return this.#waiting.size + this.#running.size
  }

  has(key: string): boolean {
    return this.#waiting.has(key) || this.#running.has(key)
  }

  /** Wants a key's work done `after` ms; one that waits already keeps the earlier time. */
  add(key: string, after: Ms = 0): void {
    if (this.#isClosed) return
    const due = this.#options.clock.now() + after
    const queue = this.#running.has(key) ? this.#once : this.#waiting
    queue.set(key, Math.min(due, queue.get(key) ?? due))
    this.wake()
  }

  /** Takes a key's work back; what runs already goes on, and does not come again. */
  delete(key: string): void {
    this.#waiting.delete(key)
    this.#once.delete(key)
    this.#tellIdle()
  }

  /** Looks again whether something may run. */
  wake(): void {
    this.#arm(0)
  }

  /** From now on nothing is spaced; still only few run at once. */
  hurry(): void {
    this.#gap = 0
    this.#nextStart = 0
    this.wake()
  }

  /** Settles when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Starts nothing any more; settles when what runs has ended. */
  close(): Promise<void> {
    this[Symbol.dispose]()
    return this.idle()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#timer)
    this.#waiting.clear()
    this.#once.clear()
    this.#tellIdle()
  }

  #arm(after: Ms): void {
    const { clock } = this.#options
    const at = clock.now() + after
    if (this.#isClosed || at >= this.#armedFor) return
    clock.clearTimeout(this.#timer)
    this.#armedFor = at
    this.#timer = clock.setTimeout(() => {
      this.#armedFor = Number.POSITIVE_INFINITY
      this.#look()
    }, after)
  }

  #look(): void {
    const { clock, atOnce, mayRun } = this.#options
    if (this.#running.size >= atOnce) return
    const next = this.#nextReady()
    if (next === undefined) return
    const wait = Math.max(next.due, this.#nextStart) - clock.now()
    if (wait > 0) return this.#arm(wait)
    if (!mayRun()) return this.#arm(pause)
    this.#nextStart = clock.now() + this.#gap
    this.#waiting.take(next.key)
    void this.#begin(next.key)
    this.#arm(this.#gap)
  }

  /** Puts off what is due and not ready. */
  #nextReady(): NextKey | undefined {
    const { clock, readyIn, shareReadyIn } = this.#options
    const now = clock.now()
    for (;;) {
      const next = this.#waiting.first(now)
      if (next === undefined || next.due > now) return next
      const rest = shareReadyIn(next.share)
      const wait = rest > 0 ? 0 : readyIn(next.key)
      if (rest > 0) this.#waiting.rest(next.share, now + rest)
      else if (wait > 0) this.#waiting.set(next.key, now + wait)
      else return next
    }
  }

  async #begin(key: string): Promise<void> {
    this.#running.add(key)
    const result = await this.#options.run(key)
    this.#running.delete(key)
    const wanted = this.#once.get(key)
    this.#once.delete(key)
    const { clock } = this.#options
    if (!this.#isClosed && wanted !== undefined) this.#waiting.set(key, wanted)
    else if (!this.#isClosed && result.kind === 'again') this.#waiting.set(key, clock.now() + result.after)
    this.#tellIdle()
    this.wake()
  }

  #tellIdle(): void {
    if (this.size > 0) return
    for (const tell of this.#idle.splice(0)) tell()
  }
}
