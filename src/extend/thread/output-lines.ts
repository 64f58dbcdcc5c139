import type { Readable } from 'node:stream'
import type { Clock } from '../../std/clock.ts'
import { LineBudget } from '../line-budget.ts'

/** Longer lines are cut. */
const longest = 4096

/** Tells what a thread writes line by line, as much as anybody reads. */
export class OutputLines {
  readonly #onLine: (line: string) => void
  readonly #budget: LineBudget
  #rest = ''

  constructor(stream: Readable, onLine: (line: string) => void, clock: Clock) {
    this.#onLine = onLine
    this.#budget = new LineBudget(clock)
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#take(text))
  }

  /** No more comes. */
  end(): void {
    if (this.#rest !== '') this.#tell(this.#rest)
    this.#rest = ''
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, longest)
    for (const line of lines) if (line !== '') this.#tell(line)
  }

  #tell(line: string): void {
    if (!this.#budget.take()) return
    const left = this.#budget.left()
    if (left > 0) this.#onLine(`(${left} lines were left out)`)
    this.#onLine(line.slice(0, longest))
  }
}
