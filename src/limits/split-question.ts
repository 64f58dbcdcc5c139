import type { Ms } from '../std/units.ts'
import type { Ask, Verdict } from './limiter.ts'
import { type QuestionPart, refundOf } from './question-parts.ts'
import type { Asker } from './store-call.ts'
import type { StoreShares } from './store-keys.ts'

export interface SplitQuestionDeps {
  readonly isUp: (part: QuestionPart) => boolean
  readonly ask: (part: QuestionPart, asker: Asker) => void
  readonly judge: (part: QuestionPart, reply: readonly number[], place: number) => Verdict
  /** What asks become that the store does not answer. */
  readonly decideAlone: (asks: readonly Ask[]) => Verdict
  /** Gives back, later, what a part has taken. @param shares with that, as the script is told of it. */
  readonly refund: (shares: StoreShares) => void
  readonly resolve: (verdict: Verdict) => void
}

/**
 * One question whose shares lie in several slots of a Cluster, which no script can decide at once: all parts are asked at the same
 * time, and when the request is refused, what some of them took is given back. Until then others may be refused for it, and nobody
 * is admitted for it.
 *
 * Of parts that are not answered each limit decides for itself, after those that are: what the store denies stays denied.
 */
export class SplitQuestion {
  readonly #asks: readonly Ask[]
  readonly #parts: readonly Part[]
  readonly #deps: SplitQuestionDeps
  #waiting: number
  #isRefused = false

  constructor(asks: readonly Ask[], parts: readonly QuestionPart[], deps: SplitQuestionDeps) {
    this.#asks = asks
    this.#deps = deps
    this.#parts = parts.map((part) => new Part(part, this))
    this.#waiting = parts.length
  }

  start(): void {
    const { isUp, ask } = this.#deps
    for (const part of this.#parts) if (!isUp(part.of)) part.state = 'failed'
    const asked = this.#parts.filter(({ state }) => state === 'waiting')
    this.#waiting = asked.length
    if (asked.length === 0 || this.#parts.some(isShut)) this.#settle()
    else for (const part of asked) ask(part.of, part)
  }

  judge(part: Part, reply: readonly number[], place: number): void {
    part.verdict = this.#deps.judge(part.of, reply, place)
    part.state = part.verdict.kind === 'denied' ? 'denied' : 'admitted'
    if (part.state === 'admitted') part.taken = { reply, place }
    this.answered()
  }

  answered(): void {
    this.#waiting--
    if (this.#waiting === 0) this.#settle()
  }

  /** It was admitted after it had failed. */
  admittedLate(part: Part, reply: readonly number[], place: number): void {
    part.taken = { reply, place }
    if (this.#waiting === 0 && this.#isRefused) this.#refund(part)
  }

  #settle(): void {
    const denial = longest(this.#parts)
    const failed = this.#parts.filter(({ state }) => state === 'failed')
    const alone = denial === undefined && failed.length > 0 ? this.#decideAlone(failed) : undefined
    const decided = denial?.verdict ?? alone
    this.#isRefused = decided !== undefined && decided.kind !== 'admitted'
    const remaining = this.#asks.map(() => -1)
    const resetMs = this.#asks.map(() => 0)
    for (const part of this.#parts) {
      if (part.taken !== undefined && this.#isRefused) this.#refund(part)
      else if (part.verdict !== undefined) put(part.verdict, part.of.places, { remaining, resetMs })
    }
    const places = denial?.of.places ?? placesOf(failed)
    if (alone !== undefined) put(alone, places, { remaining, resetMs })
    this.#deps.resolve({
      kind: decided?.kind ?? 'admitted',
      remaining,
      resetMs,
      retryAfterMs: decided?.retryAfterMs ?? 0,
      deniedBy: decided === undefined ? -1 : (places[decided.deniedBy] ?? -1),
      by: decided?.by ?? 'store',
    })
  }

  #refund({ of, taken }: Part): void {
    if (taken !== undefined) this.#deps.refund(refundOf(of.shares, taken.reply, taken.place))
  }

  #decideAlone(failed: readonly Part[]): Verdict {
    return this.#deps.decideAlone(failed.flatMap(({ of }) => of.asks))
  }
}

/** A part, and what became of it. */
class Part implements Asker {
  readonly of: QuestionPart
  readonly #question: SplitQuestion
  state: 'waiting' | 'admitted' | 'denied' | 'failed' = 'waiting'
  verdict: Verdict | undefined
  /** What the store has replied when it took; it may have been too late for the question. */
  taken: { readonly reply: readonly number[]; readonly place: number } | undefined

  constructor(of: QuestionPart, question: SplitQuestion) {
    this.of = of
    this.#question = question
  }

  onReply(reply: readonly number[], place: number): void {
    this.#question.judge(this, reply, place)
  }

  onFailure(): void {
    this.state = 'failed'
    this.#question.answered()
  }

  onLateReply(reply: readonly number[], place: number): void {
    if (reply[place] === 0) this.#question.admittedLate(this, reply, place)
  }
}

/** Whether it refuses the request, whatever the others say: then they need not be asked. */
function isShut({ state, of }: Part): boolean {
  return state === 'failed' && of.asks.some(({ limit }) => limit.onStoreError === 'closed')
}

function longest(parts: readonly Part[]): Part | undefined {
  let found: Part | undefined
  for (const part of parts) {
    if (part.state !== 'denied') continue
    if ((part.verdict?.retryAfterMs ?? 0) > (found?.verdict?.retryAfterMs ?? -1)) found = part
  }
  return found
}

function placesOf(parts: readonly Part[]): readonly number[] {
  return parts.flatMap(({ of }) => of.places)
}

/** Puts what was said of some asks at their places among all. */
function put(
  verdict: Verdict,
  places: readonly number[],
  { remaining, resetMs }: { readonly remaining: number[]; readonly resetMs: Ms[] },
): void {
  for (const [i, place] of places.entries()) {
    remaining[place] = verdict.remaining[i] ?? -1
    resetMs[place] = verdict.resetMs[i] ?? 0
  }
}
