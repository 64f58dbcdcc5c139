import type { Readable } from 'node:stream'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

/** Longer lines are cut. */
const longestLine = 4096

/** Lines a second that are told of; the others are counted. */
const mostLines = 100
const second: Ms = 1000

/** Tells what a thread writes line by line, as much as anybody reads. */
export class OutputLines {
  readonly #onLine: (line: string) => void
  readonly #clock: Clock
  #rest = ''
  #since = 0
  #told = 0
  #left = 0

  constructor(stream: Readable, onLine: (line: string) => void, clock: Clock) {
    this.#onLine = onLine
    this.#clock = clock
    this.#since = clock.now()
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#take(text))
  }

  /** No more comes. */
  end(): void {
    if (this.#rest !== '') this.#tell(this.#rest)
    this.#rest = ''
    this.#tellLeft()
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) if (line !== '') this.#tell(line)
  }

  #tell(line: string): void {
    const now = this.#clock.now()
    if (now - this.#since >= second) {
      this.#tellLeft()
      this.#since = now
      this.#told = 0
    }
    this.#told += 1
    if (this.#told > mostLines) this.#left += 1
    else this.#onLine(line.slice(0, longestLine))
  }

  #tellLeft(): void {
    if (this.#left > 0) this.#onLine(`(${this.#left} more lines were left out)`)
    this.#left = 0
  }
}
