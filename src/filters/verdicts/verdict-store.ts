import type { Bytes } from '../../std/units.ts'
import type { Answered } from '../subrequest.ts'

/** How much is kept of one kind of verdict. */
export interface StoreLimits {
  readonly entries: number
  readonly bytes: Bytes
}

interface Entry {
  readonly answer: Answered
  readonly until: number
  readonly bytes: Bytes
}

/** What an entry weighs besides its texts: the key and the objects, roughly. */
const entryBytes: Bytes = 400

/** Answers by the digest of their key, in the order of use: the longest unused goes first. */
export class VerdictStore {
  readonly #limits: StoreLimits
  readonly #entries = new Map<string, Entry>()
  #bytes: Bytes = 0

  constructor(limits: StoreLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  get(digest: string, now: number): Answered | undefined {
    const entry = this.#entries.get(digest)
    if (entry === undefined) return undefined
    this.#remove(digest, entry)
    if (entry.until <= now) return undefined
    this.#add(digest, entry)
    return entry.answer
  }

  /** One that takes more than a sixteenth of the room is not kept: it would push out too many others. */
  put(digest: string, answer: Answered, until: number): void {
    const bytes = entryBytes + answer.fields.length + (answer.body?.length ?? 0)
    const older = this.#entries.get(digest)
    if (older !== undefined) this.#remove(digest, older)
    if (bytes > this.#limits.bytes / 16) return
    this.#add(digest, { answer, until, bytes })
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return
      this.#remove(oldest, entry)
    }
  }

  #add(digest: string, entry: Entry): void {
    this.#entries.set(digest, entry)
    this.#bytes += entry.bytes
  }

  #remove(digest: string, entry: Entry): void {
    this.#entries.delete(digest)
    this.#bytes -= entry.bytes
  }
}
