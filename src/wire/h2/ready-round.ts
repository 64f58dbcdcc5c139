import type { H2Stream } from './stream.ts'

/** The streams that could send at once, in turn: each sends a frame and goes to the end. */
export class ReadyRound<Owner> {
  #first: H2Stream<Owner> | undefined = undefined

  get first(): H2Stream<Owner> | undefined {
    return this.#first
  }

  get empty(): boolean {
    return this.#first === undefined
  }

  /** Puts a stream at the end, unless it is in already. */
  add(stream: H2Stream<Owner>): void {
    if (stream.next !== undefined) return
    const first = this.#first
    if (first === undefined) {
      stream.next = stream
      stream.previous = stream
      this.#first = stream
      return
    }
    const last = first.previous ?? first
    stream.previous = last
    stream.next = first
    last.next = stream
    first.previous = stream
  }

  /** The first goes to the end. */
  turn(): void {
    this.#first = this.#first?.next
  }

  remove(stream: H2Stream<Owner>): void {
    const { next, previous } = stream
    if (next === undefined || previous === undefined) return
    if (next === stream) this.#first = undefined
    else {
      previous.next = next
      next.previous = previous
      if (this.#first === stream) this.#first = next
    }
    stream.next = undefined
    stream.previous = undefined
  }
}
