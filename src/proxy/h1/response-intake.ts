import { BodyDecoder, type BodySink } from '../../wire/h1/body-decoder.ts'
import { HeadReader, needMore, refused } from '../../wire/h1/head-reader.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import { parseResponseHead, ResponseHead } from '../../wire/h1/response-head.ts'
import { streamingFrom } from '../read-buffers.ts'
import { bodyLimits, headLimits, responsePolicy } from './response-limits.ts'

/** The arrival of the responses of one upstream connection: heads, then what their bodies hold. */
export class ResponseIntake implements BodySink {
  readonly head = new ResponseHead()
  /** Why `readHead` returned `refused`, or `readBody` less than nothing. */
  refusal: Refusal | undefined = undefined
  /** Field lines behind the body. */
  trailers = ''
  readonly #reader = new HeadReader('response', headLimits)
  readonly #body = new BodyDecoder()
  readonly #onData: (buffer: Buffer, start: number, end: number) => void

  /** @param onData takes what the bodies hold; the bytes are those of the read. */
  constructor(onData: (buffer: Buffer, start: number, end: number) => void) {
    this.#onData = onData
  }

  /** The body is complete. */
  get done(): boolean {
    return this.#body.done
  }

  /** The body is so large that a read buffer of its own pays. */
  get isLarge(): boolean {
    return this.#body.bytes > streamingFrom && !this.#body.done
  }

  /** Takes bytes of a head. @returns where it ends, `needMore`, or `refused`. */
  readHead(buffer: Buffer, start: number, end: number): number {
    const next = this.#reader.push(buffer, start, end)
    if (next === needMore) return next
    this.refusal = next === refused ? this.#reader.refusal : this.#parse()
    return this.refusal === undefined && next !== refused ? next : refused
  }

  /** Sets the body of a final response up. */
  beginBody(isAnswerToHead: 'yes' | 'no'): void {
    const { head } = this
    this.trailers = ''
    const empty = isAnswerToHead === 'yes' || head.status === 204 || head.status === 304
    if (empty) this.#body.begin('none', 0, bodyLimits, 'response')
    else if (head.chunked) this.#body.begin('chunked', 0, bodyLimits, 'response', head.trailer)
    else if (head.contentLength >= 0) this.#body.begin('length', head.contentLength, bodyLimits, 'response')
    else this.#body.begin('close', 0, bodyLimits, 'response')
  }

  /** Takes bytes of the body. @returns the index behind it, `end` when more is needed, or -1 for a broken one. */
  readBody(buffer: Buffer, start: number, end: number): number {
    const next = this.#body.push(buffer, start, end, this)
    if (next < 0) this.refusal = this.#body.refusal
    return next
  }

  /** The connection has ended. @returns whether the body may end with it. */
  finishBody(): boolean {
    return this.#body.finish(this)
  }

  onBodyData(buffer: Buffer, start: number, end: number): void {
    this.#onData(buffer, start, end)
  }

  onBodyEnd(trailers: string): void {
    this.trailers = trailers
  }

  #parse(): Refusal | undefined {
    const fault = parseResponseHead(this.#reader.text, responsePolicy, this.head)
    this.#reader.reset()
    return fault
  }
}
