import type { Clock } from '../std/clock.ts'
import { TimerWheel } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import type { Store, StoreNode } from './store.ts'
import { type Asker, StoreCall, type StoreCallOwner, tickMs } from './store-call.ts'
import type { StoreShares } from './store-keys.ts'
import type { Elsewhere, StoreFailure } from './store-link.ts'
import type { CallForm } from './store-scripts.ts'

/** Shares in one call: so that a call of the script takes Redis well under a millisecond. */
const mostShares = 128
/** How often one question is sent to another node of a Cluster: while a slot moves, two are usual. */
const mostRedirects = 5

export interface StoreQuestionsOptions {
  readonly clock: Clock
  readonly store: Store
  readonly deadline: Ms
  /** Of the script that is called. */
  readonly form: CallForm
}

/**
 * Asks the store: questions that come in one turn of the event loop go as one call for each slot, with one deadline. What is not
 * answered by then has failed, even if the answer comes later: the store may have counted it.
 */
export class StoreQuestions implements StoreCallOwner {
  readonly #options: StoreQuestionsOptions
  readonly #wheel: TimerWheel
  /** The first of those that were sent, linked. */
  #waiting: StoreCall | undefined
  readonly #send = (): void => this.#flush()
  /** Of this turn: of the first slot, and of others, which only a Cluster has. */
  #next: StoreCall | undefined
  /**
   * New in each turn that needs it. A map that lives on and is emptied has each of its old tables point to the next one: what they held
   * outlives its turn, and the collector of young objects takes four times as long.
   */
  #others: Map<number, StoreCall> | undefined

  constructor(options: StoreQuestionsOptions) {
    this.#options = options
    this.#wheel = new TimerWheel(options.clock, tickMs, 64)
  }

  /** @param shares of one slot. */
  ask(shares: StoreShares, asker: Asker): void {
    this.#add(shares, asker)
  }

  /** Takes, whatever there is, and waits for nothing: see `Limiter.debit`. Its shares are of one slot too. */
  take(shares: StoreShares): void {
    this.#add(shares, undefined)
  }

  /** Fails everything that waits for a node; without one, everything. */
  giveUp(node?: StoreNode): void {
    for (let call = this.#waiting; call !== undefined; ) {
      const { nextSent } = call
      if (node === undefined || call.node === node) call.end(undefined)
      call = nextSent
    }
    if (node !== undefined) return
    const [next, others] = [this.#next, this.#others]
    this.#next = undefined
    this.#others = undefined
    next?.end(undefined)
    for (const call of others?.values() ?? []) call.end(undefined)
  }

  #add(shares: StoreShares, asker: Asker | undefined): void {
    const [first] = shares.keys
    if (first === undefined) return
    const call = this.#callOf(this.#options.store.slotOf(first))
    call.add(shares, asker)
    if (call.keys.length >= mostShares) this.#sendEarly(call)
  }

  #callOf(slot: number): StoreCall {
    if (this.#next === undefined) {
      // The others are sent with it.
      if (this.#others === undefined) setImmediate(this.#send)
      this.#next = new StoreCall(this, slot, this.#options.form)
      return this.#next
    }
    if (this.#next.slot === slot) return this.#next
    this.#others ??= new Map()
    const known = this.#others.get(slot)
    if (known !== undefined) return known
    const call = new StoreCall(this, slot, this.#options.form)
    this.#others.set(slot, call)
    return call
  }

  /** It is as large as a call may be. */
  #sendEarly(call: StoreCall): void {
    if (this.#next === call) this.#next = undefined
    else this.#others?.delete(call.slot)
    this.#sendCall(call)
  }

  #flush(): void {
    const [next, others] = [this.#next, this.#others]
    this.#next = undefined
    this.#others = undefined
    if (next !== undefined) this.#sendCall(next)
    if (others !== undefined) for (const call of others.values()) this.#sendCall(call)
  }

  #sendCall(call: StoreCall): void {
    const { clock, store, deadline } = this.#options
    const node = store.nodeOf(call.slot)
    if (node === undefined || !node.health.isUp) {
      call.end(undefined)
      return
    }
    call.nextSent = this.#waiting
    if (this.#waiting !== undefined) this.#waiting.previousSent = call
    this.#waiting = call
    call.node = node
    call.due = clock.now() + deadline
    this.#wheel.arm(call, call.due)
    node.link.ask(call, call)
  }

  /** Asks another node instead; the deadline stays. */
  redirect(call: StoreCall, elsewhere: Elsewhere): void {
    const { node: from, slot } = call
    from?.health.succeeded()
    call.redirects++
    const to = from === undefined ? undefined : this.#options.store.follow(slot, from, elsewhere)
    if (to === undefined || !to.health.isUp || call.redirects > mostRedirects) {
      call.end({ kind: 'moving', cause: 'the slot is being moved' })
      return
    }
    call.node = to
    call.asking = elsewhere.kind === 'asking' ? 'on' : 'off'
    to.link.ask(call, call)
  }

  rearm(call: StoreCall, deadline: number): void {
    this.#wheel.arm(call, deadline)
  }

  replied(call: StoreCall): void {
    this.#forget(call)
    call.node?.health.succeeded()
  }

  failed(call: StoreCall, failure: StoreFailure | undefined): void {
    this.#forget(call)
    if (failure !== undefined) call.node?.health.failed(failure, call.script)
  }

  #forget(call: StoreCall): void {
    if (this.#waiting === call) this.#waiting = call.nextSent
    if (call.previousSent !== undefined) call.previousSent.nextSent = call.nextSent
    if (call.nextSent !== undefined) call.nextSent.previousSent = call.previousSent
    call.nextSent = undefined
    call.previousSent = undefined
    this.#wheel.remove(call)
  }
}
