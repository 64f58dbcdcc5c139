/** What the two sides of a thread tell each other. Flat: numbers, text, and bodies as text or as a share of `bytes`. */
export type Batch = readonly (number | string)[]

/** What one side posts: a batch alone, or with the bytes that its larger bodies are cut from. */
export type Posted = Batch | { readonly batch: Batch; readonly bytes: Uint8Array }

/** Words of a batch, each followed by the key of its lane, and then by what is written here. */
export const word = {
  /** method, target, authority, fields, length, client address, scheme, request id, route */
  open: 0,
  /** status, fields, length */
  head: 1,
  /** why, detail */
  failed: 2,
  /** method, target, authority, fields, length */
  upstream: 3,
  /** A part of a body, as text. */
  text: 4,
  /** Length of a part of a body, which is the next of `bytes`. */
  bytes: 5,
  end: 6,
  /** Bytes that were taken on. */
  credit: 7,
  abort: 8,
  /** The key is a number that comes back. */
  ping: 9,
  pong: 10,
  /** No more is to come: the thread ends when it has given back what it holds. */
  stop: 11,
} as const

/**
 * A larger part of a body is copied once, into one buffer for all of them that changes hands; a smaller one is cheaper as text. Measured:
 * 100 bytes cost 2.6 µs there and back as text and 3.2 as bytes, with the rest of a request, 10 KiB cost 10 and 5.7.
 */
const longestText = 1024

/**
 * Collects what one side says and posts it once a turn of the event loop: a message costs ten times what a request in it does.
 * Whoever reads it cuts as many values from the batch as its words have.
 */
export class Outbox {
  readonly #post: (posted: Posted, transfer: ArrayBuffer[]) => void
  #batch: (number | string)[] = []
  #parts: Buffer[] = []
  #bytes = 0
  #isDue = false

  constructor(post: (posted: Posted, transfer: ArrayBuffer[]) => void) {
    this.#post = post
  }

  /** Room for one more word; its values are pushed at once. */
  next(): (number | string)[] {
    if (!this.#isDue) {
      this.#isDue = true
      setImmediate(this.#flush)
    }
    return this.#batch
  }

  /** A part of a body. It is copied when the batch goes, so nobody may write to it until then. */
  body(key: number, part: Buffer): void {
    if (part.length <= longestText) {
      this.next().push(word.text, key, part.toString('latin1'))
      return
    }
    this.next().push(word.bytes, key, part.length)
    this.#parts.push(part)
    this.#bytes += part.length
  }

  /** Posts what there is now. */
  readonly #flush = (): void => {
    const batch = this.#batch
    this.#isDue = false
    this.#batch = []
    if (this.#parts.length === 0) return this.#post(batch, [])
    const bytes = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const part of this.#parts) at += part.copy(bytes, at)
    this.#parts = []
    this.#bytes = 0
    this.#post({ batch, bytes }, [bytes.buffer])
  }
}
