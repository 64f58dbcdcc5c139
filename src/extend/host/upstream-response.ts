import { Readable } from 'node:stream'
import type { BodySink, UpstreamEvents } from '../call.ts'
import { type Headers, noHeaders, responseHeaders } from './header-lines.ts'
import type { HostedCall } from './hosted-call.ts'
import { hasBody } from './response.ts'

/** A cluster's response as @fastify/reply-from takes it: the body whole, as a stream, or none. */
export interface Answer {
  readonly statusCode: number
  readonly headers: Headers
  readonly body: Buffer | Readable | undefined
}

export type TakeAnswer = (error: Error | null, answer?: Answer) => void

/** A body that is announced no longer than this is handed to extensions whole, when all of it is there at once. */
const longestWhole = 65_536

/** What comes back of a request that extensions let through, on its way to Fastify. */
export class UpstreamResponse implements UpstreamEvents {
  readonly #call: HostedCall
  readonly #take: TakeAnswer
  /** Where the request's body goes. */
  #sink: BodySink | undefined
  #resume: (() => void) | undefined
  #status = 0
  #headers: Headers = noHeaders()
  #parts: Buffer[] = []
  #body: UpstreamBody | undefined
  #isFull = false
  #isTaken = false
  #isEnded = false
  #isBroken = false
  #isTunnel = false
  #onSwitch: (() => void) | undefined

  constructor(call: HostedCall, take: TakeAnswer) {
    this.#call = call
    this.#take = take
  }

  /** Whether the response ended before it was whole. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  sendTo(sink: BodySink): void {
    this.#sink = sink
  }

  /** Whether the request asks to leave HTTP, and the cluster may say yes. @param onSwitch it did. */
  mayLeaveHttp(onSwitch: () => void): void {
    this.#onSwitch = onSwitch
  }

  /** Whether HTTP was left: what comes and goes are bytes. */
  get isTunnel(): boolean {
    return this.#isTunnel
  }

  head(status: number, fields: string, length: number): void {
    if (status === 101 && this.#onSwitch !== undefined) return this.#switch(fields)
    const headers = responseHeaders(fields)
    if (length >= 0) headers['content-length'] = String(length)
    this.#status = status
    this.#headers = headers
    if (length === 0 || !hasBody(status, this.#call.request.method)) return this.#tell(undefined)
    if (length < 0 || length > longestWhole) return this.#tell(this.#stream())
    process.nextTick(stream, this)
  }

  data(part: Buffer): boolean {
    if (this.#isEnded) return true
    if (this.#isTunnel) {
      this.#isFull = !this.#call.answer(part)
      return !this.#isFull
    }
    if (this.#body !== undefined) {
      this.#isFull = !this.#body.push(part)
      return !this.#isFull
    }
    if (!this.#isTaken) this.#parts.push(part)
    return true
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (this.#isTunnel) this.#call.answered()
    else if (this.#body !== undefined) this.#body.push(null)
    else this.#tell(this.#whole())
  }

  /** What to do when the cluster takes more of the request's body, unless it is the client's own. */
  onDrained(resume: () => void): void {
    this.#resume = resume
  }

  drained(): void {
    if (this.#resume === undefined) this.#call.wantMore()
    else this.#resume()
  }

  abort(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#isBroken = true
    if (this.#body === undefined) this.#call.leave(undefined)
    else this.#body.destroy(new Error('the response of the cluster ended before it was complete'))
  }

  /** More of the response may come. */
  wantMore(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#sink?.drained()
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#sink?.abort()
    this.#body?.destroy()
  }

  /** The client has a whole response, which need not be this one. */
  cancelResponse(): void {
    if (!this.#isEnded && this.#isTaken && this.#body === undefined) return
    this.cancel()
  }

  /** Hands the body on as a stream, when it did not come whole. */
  streamRest(): void {
    if (!this.#isTaken && !this.#isEnded) this.#tell(this.#stream())
  }

  #switch(fields: string): void {
    this.#isTunnel = true
    this.#isTaken = true
    this.#onSwitch?.()
    this.#call.head(101, fields, -1)
  }

  #whole(): Buffer | Readable {
    const [first = Buffer.alloc(0), ...more] = this.#parts
    const whole = more.length === 0 ? first : Buffer.concat(this.#parts)
    // Of bytes without a type, Fastify would make one up.
    if (this.#headers['content-type'] !== undefined) return whole
    const body = this.#stream()
    body.push(null)
    return body
  }

  #stream(): UpstreamBody {
    const body = new UpstreamBody(this)
    for (const part of this.#parts) body.push(part)
    this.#parts = []
    this.#body = body
    return body
  }

  #tell(body: Answer['body']): void {
    if (this.#isTaken || this.#call.isOver) return
    this.#isTaken = true
    try {
      this.#take(null, { statusCode: this.#status, headers: this.#headers, body })
    } catch (error) {
      this.#call.fail(error)
    }
  }
}

function stream(response: UpstreamResponse): void {
  response.streamRest()
}

/** The body of a cluster's response while it comes. */
class UpstreamBody extends Readable {
  readonly #response: UpstreamResponse

  constructor(response: UpstreamResponse) {
    super({ highWaterMark: longestWhole })
    this.#response = response
  }

  override _read(): void {
    this.#response.wantMore()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#response.cancel()
    done(error)
  }
}
