import { Readable } from 'node:stream'

/** Of a body that is read by an extension which then lets the request go on as it came. */
const mostKept = 1_048_576

/** The body of a request as the Fetch API has it: nothing is read before the extension does, and what it read is kept to go on. */
export class FetchBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #source: Readable
  #iterator: AsyncIterator<Buffer> | undefined
  #kept: Buffer[] = []
  #keptBytes = 0

  constructor(source: Readable) {
    this.#source = source
    this.stream = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller) },
      { highWaterMark: 0 },
    )
  }

  /** Whether the extension has begun to read it. */
  get isUsed(): boolean {
    return this.#iterator !== undefined
  }

  /** The whole body once more. */
  again(): Readable {
    return Readable.from(this.#parts())
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const part = await this.#next()
    if (part === undefined) return controller.close()
    this.#keptBytes += part.length
    if (this.#keptBytes <= mostKept) this.#kept.push(part)
    else this.#kept = []
    controller.enqueue(new Uint8Array(part))
  }

  async *#parts(): AsyncGenerator<Buffer> {
    if (this.#keptBytes > mostKept)
      throw new Error('fetch() read more than 1 MiB of a body, and let the request go on as it came')
    yield* this.#kept
    for (let part = await this.#next(); part !== undefined; part = await this.#next()) yield part
  }

  async #next(): Promise<Buffer | undefined> {
    this.#iterator ??= this.#source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
    const { done, value } = await this.#iterator.next()
    return done === true ? undefined : value
  }
}
