import type { Timed } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import type { StoreNode } from './store.ts'
import type { StoreShares } from './store-keys.ts'
import type { Elsewhere, StoreAnswer, StoreFailure, StoreQuestion, StoreScript } from './store-link.ts'
import type { CallForm } from './store-scripts.ts'

/** How finely deadlines are kept. */
export const tickMs: Ms = 5

/** Who waits for one question. */
export interface Asker {
  /** Where in the flat reply its part begins: see the script. */
  onReply(reply: readonly number[], at: number): void
  onFailure(): void
  /** Its answer came after it had failed. Without it, nobody wants to know. */
  onLateReply?(reply: readonly number[], at: number): void
}

/** Who sent a call. */
export interface StoreCallOwner {
  /** Another node is to be asked. */
  redirect(call: StoreCall, elsewhere: Elsewhere): void
  /** Looks at its deadline once more. */
  rearm(call: StoreCall, deadline: number): void
  replied(call: StoreCall): void
  /** @param failure `undefined` when it is none of the store. */
  failed(call: StoreCall, failure: StoreFailure | undefined): void
}

/** Questions of one turn whose shares are in one slot: what is sent, and who waits for it. */
export class StoreCall implements Timed, StoreAnswer, StoreQuestion {
  readonly script: StoreScript
  readonly slot: number
  readonly keys: string[] = []
  readonly args: string[]
  readonly #form: CallForm
  readonly #owner: StoreCallOwner
  readonly #askers: { readonly asker: Asker; readonly at: number }[] = []
  #replyLength = 0
  #over = false
  #late = false
  asking: 'on' | 'off' = 'off'
  /** Who was asked last. */
  node: StoreNode | undefined
  redirects = 0
  /** Among those that wait for an answer; both belong to the owner. */
  nextSent: StoreCall | undefined
  previousSent: StoreCall | undefined
  /** Monotonic milliseconds. */
  due = Infinity
  deadline = Infinity
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined

  constructor(owner: StoreCallOwner, slot: number, form: CallForm) {
    this.#owner = owner
    this.slot = slot
    this.#form = form
    this.script = form.script
    this.args = [...form.first]
  }

  /** @param asker `undefined` for what is taken without asking. */
  add(shares: StoreShares, asker: Asker | undefined): void {
    const { keys, amounts } = shares
    const isDecided = asker !== undefined
    if (isDecided) this.#askers.push({ asker, at: this.#replyLength })
    this.#replyLength += this.#form.replyLength(keys.length)
    this.keys.push(...keys)
    this.args.push(...this.#form.before(keys.length, isDecided ? 'decided' : 'taken'), ...amounts)
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
    if (this.#over) {
      this.#tellLate(reply)
      return
    }
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

  onElsewhere(elsewhere: Elsewhere): void {
    if (!this.#over) this.#owner.redirect(this, elsewhere)
  }

  /** Fails what waits; `undefined` when it is no failure of the store. */
  end(failure: StoreFailure | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#owner.failed(this, failure)
    for (const { asker } of this.#askers) asker.onFailure()
  }

  #tellLate(reply: readonly number[]): void {
    if (reply.length !== this.#replyLength) return
    for (const { asker, at } of this.#askers) asker.onLateReply?.(reply, at)
  }
}
