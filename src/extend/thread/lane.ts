import type { BodySink } from '../call.ts'
import type { BatchReader } from './batch-reader.ts'
import { type Outbox, word } from './outbox.ts'

/** Bytes of a body on their way to the other side before more has to wait. */
const windowBytes = 262_144

/**
 * One side's end of a body each way. What is called here goes over; what comes is handed to `sink`. Backpressure goes by credits: a side
 * says how much its sink has taken, and the other stops when too much is out.
 */
export class Lane implements BodySink {
  readonly #outbox: Outbox
  readonly #key: number
  /** Who takes what comes from the other side; told nothing while there is none. */
  sink: BodySink | undefined
  /** Of what was sent, the bytes that nobody said were taken. */
  #out = 0
  #isFull = false
  /** Of what came, the bytes that were not told of as taken. */
  #taken = 0
  #isHeld = false

  constructor(outbox: Outbox, key: number) {
    this.#outbox = outbox
    this.#key = key
  }

  data(part: Buffer): boolean {
    this.#outbox.body(this.#key, part)
    this.#out += part.length
    if (this.#out < windowBytes) return true
    this.#isFull = true
    return false
  }

  end(): void {
    this.#outbox.next().push(word.end, this.#key)
  }

  abort(): void {
    this.#outbox.next().push(word.abort, this.#key)
  }

  /** The sink, which was full, is not any more. */
  drained(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#giveCredit(1)
  }

  /** From the other side. */
  takeData(part: Buffer): void {
    this.#taken += part.length
    // The sink may call `drained` before it has returned.
    this.#isHeld = true
    if (this.sink?.data(part) !== false) this.#isHeld = false
    this.#giveCredit(windowBytes / 4)
  }

  /** From the other side. */
  takeCredit(bytes: number): void {
    this.#out -= bytes
    if (!this.#isFull || this.#out >= windowBytes / 2) return
    this.#isFull = false
    this.sink?.drained()
  }

  /** Small bodies are never told of. */
  #giveCredit(least: number): void {
    if (this.#isHeld || this.#taken < least) return
    this.#outbox.next().push(word.credit, this.#key, this.#taken)
    this.#taken = 0
  }
}

/** Hands a part of a body, or the credit for one, to its lane. The values are read whether or not there still is one. */
export function takeBodyWord(
  what: typeof word.text | typeof word.bytes | typeof word.credit,
  lane: Lane | undefined,
  reader: BatchReader,
): void {
  switch (what) {
    case word.text: {
      const text = reader.text()
      return lane?.takeData(Buffer.from(text, 'latin1'))
    }
    case word.bytes: {
      const part = reader.bytes(reader.number())
      return lane?.takeData(part)
    }
    case word.credit: {
      const bytes = reader.number()
      return lane?.takeCredit(bytes)
    }
  }
}
