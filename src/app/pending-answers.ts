import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

/** Questions to another process that are on their way: what comes back is told apart by the number of the question. */
export class PendingAnswers<Answer> {
  readonly #clock: Clock
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>()
  #questions = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Gives `undefined` when no answer came in time, or none is to come.
   *
   * @param send puts the question with its number on its way.
   * @param patience infinite for who waits as long as it takes.
   */
  ask(send: (id: number) => void, patience: Ms): Promise<Answer | undefined> {
    const id = ++this.#questions
    return new Promise((resolve) => {
      const timer = Number.isFinite(patience)
        ? this.#clock.setTimeout(() => answered(undefined), patience)
        : undefined
      const answered = (answer: Answer | undefined): void => {
        this.#clock.clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(answer)
      }
      this.#waiting.set(id, answered)
      send(id)
    })
  }

  /** What came back. Nobody waits any more for what comes too late. */
  answer(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer)
  }

  /** Whoever was asked is gone. */
  close(): void {
    for (const answered of this.#waiting.values()) answered(undefined)
  }
}
