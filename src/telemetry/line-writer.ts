import type { Clock } from '../std/clock.ts'
import type { Bytes, Ms } from '../std/units.ts'
import { openTarget } from './log-target.ts'
import { PieceWriter } from './piece-writer.ts'

export interface LineWriterOptions {
  /** `stdout`, `stderr`, or a file's path. */
  readonly to: string
  readonly clock: Clock
  /** How long lines are collected; 0 writes each at once. */
  readonly delay: Ms
  /** Hears of lines that will never be written, and why: `full` (the 4 MiB are), `closed`, or the code of an error. */
  readonly onDropped: (lines: number, why: string) => void
}

/** Held while it cannot be written: hardening 4.5. */
const heldBytes: Bytes = 4 * 1024 * 1024
/** This much is written without waiting for the delay. */
const eagerBytes: Bytes = 64 * 1024
/** Lines that come while others wait are collected at least this long, so that pieces do not get small. */
const shortest: Ms = 10

/**
 * Writes lines without ever making the caller wait: they are collected, written together, held up to 4 MiB while the
 * disk or the reader is slow, and beyond that dropped and counted. A failed write costs its lines, never the process.
 */
export class LineWriter implements AsyncDisposable {
  readonly #options: LineWriterOptions
  readonly #pieces: PieceWriter
  /** Lines not yet handed on, and how many they are. */
  #text = ''
  #lines = 0
  /** Largest piece the target takes. */
  #piece = eagerBytes
  #timer: unknown
  #closed = false

  constructor(options: LineWriterOptions) {
    this.#options = options
    this.#pieces = new PieceWriter(options.clock, options.onDropped)
  }

  /**
   * Opens the target; lines added before are kept.
   *
   * @throws what opening a file throws: ENOENT, EACCES, …
   */
  async open(): Promise<void> {
    const target = await openTarget(this.#options.to)
    if (this.#closed) return target.close()
    this.#piece = target.piece
    this.#pieces.use(target)
    this.#flush()
  }

  /** Opens a file anew, for whoever has moved the old one away; when that fails, the old one is kept. */
  async reopen(): Promise<void> {
    if (this.#options.to !== 'stdout' && this.#options.to !== 'stderr') await this.open()
  }

  /** @param line ends with a line feed. */
  add(line: string): void {
    const waiting = this.#pieces.held + this.#text.length + line.length
    if (this.#closed || waiting > heldBytes)
      return this.#options.onDropped(1, this.#closed ? 'closed' : 'full')
    if (this.#text.length + line.length > this.#piece) this.#cut()
    this.#text += line
    this.#lines += 1

    if (this.#options.delay === 0 && this.#pieces.held === 0) this.#flush()
    else if (this.#pieces.held >= eagerBytes) this.#pieces.pump()
    this.#timer ??= this.#options.clock.setTimeout(this.#onTimer, this.#options.delay + shortest)
  }

  /** Writes what is left, for at most `timeout`; the rest is dropped and counted. */
  async close(timeout: Ms = 1000): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#options.clock.clearTimeout(this.#timer)
    this.#cut()
    await this.#pieces.idle(timeout)
    this.#pieces.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.#flush()
  }

  #flush(): void {
    this.#cut()
    this.#pieces.pump()
  }

  /** What was collected becomes a piece. */
  #cut(): void {
    if (this.#text === '') return
    this.#pieces.push({ bytes: Buffer.from(this.#text), lines: this.#lines })
    this.#text = ''
    this.#lines = 0
  }
}
