import type { Clock } from './clock.ts'
import type { Ms } from './units.ts'

/**
 * Something with a deadline; the fields that start with `wheel` belong to the wheel. An object lives in one wheel.
 * Classes that implement it start with `deadline = Infinity`, `wheelTick = -1` and both links `undefined`.
 */
export interface Timed {
  /** Monotonic milliseconds; `Infinity` is none. While it is armed it may be moved *later* by plain assignment. */
  deadline: number
  /** The tick it is linked for; -1 when it is in no wheel. */
  wheelTick: number
  wheelNext: Timed | undefined
  wheelPrevious: Timed | undefined
  /** Called once when the deadline has passed; it is out of the wheel by then and may be armed again at once. */
  onDeadline(now: number): void
}

/**
 * Coarse deadlines for very many objects with one timer, which runs only while something is armed.
 *
 * Nothing fires early; it may fire up to about one tick late. Arming allocates nothing. A deadline moved later stays where
 * it is linked and is looked at once more there; only one moved earlier is linked anew.
 */
export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: Ms
  readonly #mask: number
  /** Each the head of a circular list. */
  readonly #slots: Timed[]
  /** Taken out of its slot and not yet looked at. */
  readonly #due = listHead()
  readonly #run = (): void => this.#onTick()
  #timer: unknown = undefined
  #linked = 0
  /** The last tick that was looked at. */
  #position = 0
  #now = 0

  /**
   * @param tickMs how coarse it is.
   * @param slots a power of two; what lies further ahead than `tickMs * slots` is looked at once per turn.
   */
  constructor(clock: Clock, tickMs: Ms = 25, slots = 1024) {
    this.#clock = clock
    this.#tickMs = tickMs
    this.#mask = slots - 1
    this.#slots = Array.from({ length: slots }, listHead)
  }

  /** Monotonic milliseconds, at most about one tick old while something is armed, and exact otherwise. */
  get now(): number {
    return this.#timer === undefined ? this.#clock.now() : this.#now
  }

  /** How many objects are linked, including those whose deadline was assigned `Infinity` and not yet looked at. */
  get size(): number {
    return this.#linked
  }

  /** Sets a deadline, earlier or later than the present one; one that has passed fires at the next tick, never inside. */
  arm(timed: Timed, deadline: number): void {
    timed.deadline = deadline
    if (deadline === Infinity) return
    if (this.#timer === undefined) this.#start()
    const tick = this.#tickOf(deadline)
    if (timed.wheelTick >= 0) {
      if (tick >= timed.wheelTick) return
      this.#unlink(timed)
    }
    this.#link(timed, tick)
  }

  /** Takes it out for good, so that the wheel does not keep it in memory. */
  remove(timed: Timed): void {
    timed.deadline = Infinity
    if (timed.wheelTick >= 0) this.#unlink(timed)
  }

  #tickOf(deadline: number): number {
    const tick = Math.ceil(deadline / this.#tickMs)
    return tick > this.#position ? tick : this.#position + 1
  }

  #link(timed: Timed, tick: number): void {
    const head = this.#slots[tick & this.#mask]
    if (head === undefined) return
    timed.wheelTick = tick
    insertBefore(head, timed)
    this.#linked++
  }

  #unlink(timed: Timed): void {
    cutOut(timed)
    timed.wheelTick = -1
    this.#linked--
  }

  #start(): void {
    this.#now = this.#clock.now()
    this.#position = Math.floor(this.#now / this.#tickMs)
    this.#schedule()
  }

  #schedule(): void {
    const next = (this.#position + 1) * this.#tickMs
    this.#timer = this.#clock.setTimeout(this.#run, Math.max(1, Math.ceil(next - this.#now)))
  }

  #onTick(): void {
    this.#now = this.#clock.now()
    const current = Math.floor(this.#now / this.#tickMs)
    // After a stall of more than a turn every slot is looked at once.
    const first = Math.max(this.#position + 1, current - this.#mask)
    this.#position = Math.max(current, this.#position)
    try {
      this.#drain()
      for (let tick = first; tick <= current; tick++) {
        const head = this.#slots[tick & this.#mask]
        if (head === undefined || head.wheelNext === head) continue
        moveAll(head, this.#due)
        this.#drain()
      }
    } finally {
      if (this.#linked > 0) this.#schedule()
      else this.#timer = undefined
    }
  }

  /** Whatever a deadline's owner throws, the rest stays in `#due` for the next tick. */
  #drain(): void {
    const due = this.#due
    for (let timed = due.wheelNext; timed !== undefined && timed !== due; timed = due.wheelNext) {
      this.#unlink(timed)
      const deadline = timed.deadline
      if (deadline <= this.#now) {
        timed.deadline = Infinity
        timed.onDeadline(this.#now)
      } else if (deadline !== Infinity) {
        this.#link(timed, this.#tickOf(deadline))
      }
    }
  }
}

function listHead(): Timed {
  const head: Timed = {
    deadline: Infinity,
    wheelTick: -1,
    wheelNext: undefined,
    wheelPrevious: undefined,
    onDeadline: () => {},
  }
  head.wheelNext = head
  head.wheelPrevious = head
  return head
}

function insertBefore(head: Timed, timed: Timed): void {
  const last = head.wheelPrevious ?? head
  timed.wheelPrevious = last
  timed.wheelNext = head
  last.wheelNext = timed
  head.wheelPrevious = timed
}

function cutOut(timed: Timed): void {
  const previous = timed.wheelPrevious
  const next = timed.wheelNext
  if (previous !== undefined) previous.wheelNext = next
  if (next !== undefined) next.wheelPrevious = previous
  timed.wheelNext = undefined
  timed.wheelPrevious = undefined
}

/** Moves a list that is not empty to the end of another. */
function moveAll(from: Timed, to: Timed): void {
  const first = from.wheelNext ?? from
  const last = from.wheelPrevious ?? from
  const before = to.wheelPrevious ?? to
  before.wheelNext = first
  first.wheelPrevious = before
  last.wheelNext = to
  to.wheelPrevious = last
  from.wheelNext = from
  from.wheelPrevious = from
}
