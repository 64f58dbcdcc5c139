import type { Clock } from '../../src/std/clock.ts'

interface FakeTimer {
  readonly at: number
  readonly run: () => void
}

/** A clock that stands still until a test moves it; timers run in order of their time, each seeing its own. */
export class FakeClock implements Clock {
  #now: number
  readonly #wallAtZero: number
  readonly #timers = new Set<FakeTimer>()

  constructor(now = 1_000, wallAtZero = 1_700_000_000_000) {
    this.#now = now
    this.#wallAtZero = wallAtZero
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wallAtZero + this.#now
  }

  setTimeout(run: () => void, ms: number): unknown {
    const timer = { at: this.#now + Math.max(0, ms), run }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as FakeTimer)
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Moves time on, running what falls due; what that arms runs too when it falls due inside. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = end
  }

  /** Like `advance`, and lets promises settle after every timer. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settle()
    }
    this.#now = end
  }

  /** Moves time without running anything, as a stalled event loop does. */
  stall(ms: number): void {
    this.#now += ms
  }

  #nextUntil(end: number): FakeTimer | undefined {
    let next: FakeTimer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer
    }
    return next
  }
}

/** Lets promise callbacks that are ready, and those they make ready, run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
