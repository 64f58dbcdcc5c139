/** Bytes drawn from the random source at once; one draw serves 256 ids. */
const poolBytes = 4096
const idBytes = 16

/**
 * Gives request ids: 32 hexadecimal digits of 128 random bits, cut from a pool that is refilled every 256 ids,
 * so that a request costs a substring and not a system call.
 */
export class RequestIds {
  readonly #fill: (bytes: Buffer) => void
  readonly #bytes = Buffer.allocUnsafeSlow(poolBytes)
  #hex = ''
  #next = 0

  constructor(fill: (bytes: Buffer) => void) {
    this.#fill = fill
  }

  next(): string {
    if (this.#next >= this.#hex.length) {
      this.#fill(this.#bytes)
      this.#hex = this.#bytes.toString('hex')
      this.#next = 0
    }
    const start = this.#next
    this.#next = start + idBytes * 2
    return this.#hex.slice(start, this.#next)
  }
}
