import type { Clock } from '../std/clock.ts'
import { type Timed, TimerWheel } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import type { StoreAnswer, StoreFailure, StoreLink } from './store-link.ts'

/** How finely deadlines are kept. */
const tickMs: Ms = 5
/** Shares in one call: so that a call of the script takes Redis well under a millisecond. */
const mostShares = 128

/** Who waits for one question. */
export interface Asker {
  /** Where in the flat reply its part begins: see `gcraScript`. */
  onReply(reply: readonly number[], at: number): void
  onFailure(): void
}

export interface StoreQuestionsOptions {
  readonly clock: Clock
  readonly link: StoreLink
  readonly deadline: Ms
  readonly onReply: () => void
  readonly onFailure: (failure: StoreFailure) => void
}

/**
 * Asks the store: questions that come in one turn of the event loop go as one call, with one deadline. What is not answered by then
 * has failed, even if the answer comes later: the store may have counted it.
 */
export class StoreQuestions {
  readonly #options: StoreQuestionsOptions
  readonly #wheel: TimerWheel
  readonly #waiting = new Set<Call>()
  readonly #send = (): void => this.#flush()
  #next: Call | undefined

  constructor(options: StoreQuestionsOptions) {
    this.#options = options
    this.#wheel = new TimerWheel(options.clock, tickMs, 64)
  }

  /** @param shares how many keys; each has two of `amounts`: what it holds and what is taken, in microseconds. */
  ask(keys: readonly string[], amounts: readonly string[], asker: Asker): void {
    if (this.#next === undefined) setImmediate(this.#send)
    const call = (this.#next ??= new Call(this))
    call.add(keys, amounts, asker)
    if (call.keys.length >= mostShares) this.#flush()
  }

  /** Fails everything that waits. */
  giveUp(): void {
    for (const call of this.#waiting) call.end(undefined)
    this.#next?.end(undefined)
    this.#next = undefined
  }

  #flush(): void {
    const call = this.#next
    if (call === undefined) return
    this.#next = undefined
    const { clock, link, deadline } = this.#options
    this.#waiting.add(call)
    call.due = clock.now() + deadline
    this.#wheel.arm(call, call.due)
    link.ask(call.keys, call.args, call)
  }

  rearm(call: Call, deadline: number): void {
    this.#wheel.arm(call, deadline)
  }

  replied(call: Call): void {
    this.#forget(call)
    this.#options.onReply()
  }

  failed(call: Call, failure: StoreFailure | undefined): void {
    this.#forget(call)
    if (failure !== undefined) this.#options.onFailure(failure)
  }

  #forget(call: Call): void {
    this.#waiting.delete(call)
    this.#wheel.remove(call)
  }
}

class Call implements Timed, StoreAnswer {
  readonly keys: string[] = []
  readonly args: string[] = []
  readonly #owner: StoreQuestions
  readonly #askers: { readonly asker: Asker; readonly at: number }[] = []
  #replyLength = 0
  #over = false
  #late = false
  /** Monotonic milliseconds. */
  due = Infinity
  deadline = Infinity
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined

  constructor(owner: StoreQuestions) {
    this.#owner = owner
  }

  add(keys: readonly string[], amounts: readonly string[], asker: Asker): void {
    this.#askers.push({ asker, at: this.#replyLength })
    this.#replyLength += 2 + keys.length
    this.keys.push(...keys)
    this.args.push(String(keys.length), ...amounts)
  }

  onDeadline(now: number): void {
    // When this process itself stood still, the answer may be there, and is read before the next tick.
    if (!this.#late && now - this.due > 2 * tickMs) {
      this.#late = true
      this.#owner.rearm(this, now + tickMs)
    } else {
      this.end({ kind: 'timeout', cause: 'it does not answer in time' })
    }
  }

  onReply(reply: readonly number[]): void {
    if (this.#over) return
    if (reply.length !== this.#replyLength) {
      this.end({ kind: 'other', cause: 'its answer has another length than the question' })
      return
    }
    this.#over = true
    this.#owner.replied(this)
    for (const { asker, at } of this.#askers) asker.onReply(reply, at)
  }

  onFailure(failure: StoreFailure): void {
    this.end(failure)
  }

  /** Fails what waits; `undefined` when it is no failure of the store. */
  end(failure: StoreFailure | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#owner.failed(this, failure)
    for (const { asker } of this.#askers) asker.onFailure()
  }
}
