import type { ByteWriter } from './byte-writer.ts'

/** The pseudo fields of a request; an empty `protocol` is not written, nor are `scheme` and `path` of a plain CONNECT. */
export interface RequestPseudo {
  readonly method: string
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly protocol: string
}

/** Longer ones cost more memory than their repetition saves time. */
const mostBytes = 512
const nothing: Buffer = Buffer.alloc(0)

/** What the pseudo fields of the last request were encoded to, while no index changes its meaning. */
export class PseudoMemo {
  #method = ''
  #scheme = ''
  #authority = ''
  #path = ''
  #protocol = ''
  #changes = -1
  #bytes = nothing
  #length = 0

  /** Writes them, if they are the last ones. @param changes of the table, as it is now. */
  recall(head: RequestPseudo, changes: number, into: ByteWriter): boolean {
    const repeats =
      changes === this.#changes &&
      head.path === this.#path &&
      head.method === this.#method &&
      head.authority === this.#authority &&
      head.scheme === this.#scheme &&
      head.protocol === this.#protocol
    if (repeats) into.raw(this.#bytes, 0, this.#length)
    return repeats
  }

  /** Keeps what was written from `start` on, by an encoding that changed nothing. */
  keep(head: RequestPseudo, changes: number, written: ByteWriter, start: number): void {
    const length = written.length - start
    if (length > mostBytes) return
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(length)
    for (let i = 0; i < length; i++) this.#bytes[i] = written.bytes[start + i] ?? 0
    this.#length = length
    this.#method = head.method
    this.#scheme = head.scheme
    this.#authority = head.authority
    this.#path = head.path
    this.#protocol = head.protocol
    this.#changes = changes
  }
}
