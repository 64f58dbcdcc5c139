import type { Batch, Posted } from './outbox.ts'

/** Reads the values of what was posted, one after the other. */
export class BatchReader {
  readonly #batch: Batch
  readonly #bytes: Buffer | undefined
  #at = 0
  #cut = 0

  constructor(posted: Posted) {
    const isPlain = Array.isArray(posted)
    const { batch, bytes } = isPlain
      ? { batch: posted as Batch, bytes: undefined }
      : (posted as Exclude<Posted, Batch>)
    this.#batch = batch
    this.#bytes =
      bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  isDone(): boolean {
    return this.#at >= this.#batch.length
  }

  number(): number {
    return this.#batch[this.#at++] as number
  }

  text(): string {
    return this.#batch[this.#at++] as string
  }

  /** The next part of a body of this many bytes. */
  bytes(length: number): Buffer {
    const start = this.#cut
    this.#cut += length
    return this.#bytes?.subarray(start, this.#cut) ?? Buffer.alloc(0)
  }
}
