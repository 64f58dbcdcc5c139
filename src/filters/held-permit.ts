import type { NoPermit, Permit } from '../limits/concurrency/permits.ts'
import type { Held, RequestDraft } from './filter.ts'

type Verdict = Permit | NoPermit

/**
 * Has a request hold a permit until it is over, also one that is still on its way: when it comes for a request that has ended, it is
 * given back at once.
 *
 * @returns the verdict.
 */
export function holdPermit(
  request: Pick<RequestDraft, 'held'>,
  verdict: Verdict | Promise<Verdict>,
): Verdict | Promise<Verdict> {
  if (!(verdict instanceof Promise)) {
    if (verdict.kind === 'admitted') request.held = new HeldPermit(request.held, verdict)
    return verdict
  }
  const held = new HeldPermit(request.held, undefined)
  request.held = held
  return verdict.then((late) => {
    held.come(late)
    return late
  })
}

class HeldPermit implements Held {
  readonly next: Held | undefined
  /** `undefined` before it has come, when there is none, and once it is given back. */
  #permit: Permit | undefined
  #isOver = false

  constructor(next: Held | undefined, permit: Permit | undefined) {
    this.next = next
    this.#permit = permit
  }

  come(verdict: Verdict): void {
    if (verdict.kind !== 'admitted') return
    if (this.#isOver) verdict.giveBack()
    else this.#permit = verdict
  }

  giveBack(): void {
    this.#isOver = true
    this.#permit?.giveBack()
    this.#permit = undefined
  }
}
