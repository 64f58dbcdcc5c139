import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { BodySink, ExtensionRequest } from '../call.ts'
import { type Headers, noHeaders, rawLines, readLines } from './header-lines.ts'
import type { HostedCall } from './hosted-call.ts'
import { SyntheticSocket } from './socket.ts'

/** Of a body that nobody reads yet; more has to wait. */
const mostHeld = 65_536

/**
 * A request as `node:http` would hand it to Fastify, made of what the gateway parsed: no socket carried it. A body that no extension
 * reads never sees the stream: it goes on to its cluster as it came.
 */
export class SyntheticRequest extends IncomingMessage {
  readonly call: HostedCall
  readonly given: ExtensionRequest
  /** What came and was not read, in order. */
  #held: Buffer[] = []
  #heldBytes = 0
  readonly #isUpgrade: boolean
  #isRead = false
  #isFull = false
  #isComplete: boolean
  /** Where the body goes when the stream is left out. */
  #straight: BodySink | undefined

  constructor(call: HostedCall, given: ExtensionRequest) {
    const { clientAddress, scheme } = given
    super(new SyntheticSocket(clientAddress, scheme, (error) => call.leave(error)) as unknown as Socket)
    this.call = call
    this.given = given
    this.method = given.method
    this.url = given.target
    this.httpVersion = '1.1'
    this.httpVersionMajor = 1
    this.httpVersionMinor = 1
    this.headers = headersOf(given)
    this.#isUpgrade = this.headers.upgrade !== undefined
    this.#isComplete = given.length === 0
    this.complete = this.#isComplete
  }

  /** Whether it asks to leave HTTP; the gateway lets no others have such a line. */
  get isUpgrade(): boolean {
    return this.#isUpgrade
  }

  /** Whether a body has begun to be read as a stream. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Its body goes nowhere: an extension wants none sent. */
  dropBody(): void {
    this.read(0)
    this.resume()
  }

  /** Takes a part of the body. @returns false when no more should come. */
  receive(part: Buffer): boolean {
    if (this.#straight !== undefined) return this.#straight.data(part)
    if (this.#isRead) {
      if (this.destroyed) return true
      this.#isFull = !this.push(part)
      return !this.#isFull
    }
    this.#held.push(part)
    this.#heldBytes += part.length
    this.#isFull = this.#heldBytes >= mostHeld
    return !this.#isFull
  }

  /** The body is complete. */
  receiveEnd(): void {
    if (this.#isComplete) return
    this.#isComplete = true
    this.complete = true
    if (this.#straight !== undefined) this.#straight.end()
    else if (this.#isRead && !this.destroyed) this.push(null)
  }

  /** Leads the body past the stream, from what is held on. Only while nothing was read. */
  leadTo(sink: BodySink): void {
    const held = this.#held
    this.#straight = sink
    this.#held = []
    let takesMore = true
    for (const part of held) takesMore = sink.data(part)
    if (this.#isFull && takesMore) this.call.wantMore()
    this.#isFull = false
    if (this.#isComplete) sink.end()
  }

  override _read(size: number): void {
    super._read(size)
    if (!this.#isRead) {
      this.#isRead = true
      const held = this.#held
      this.#held = []
      for (const part of held) this.push(part)
      if (this.#isComplete) this.push(null)
    }
    if (!this.#isFull) return
    this.#isFull = false
    this.call.wantMore()
  }

  /** The client is gone: says so as Node does. */
  abandon(): void {
    this.aborted = true
    this.emit('aborted')
    this.destroy()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isHeard = this.listenerCount('error') > 0
    const gone = this.aborted && isHeard ? Object.assign(new Error('aborted'), { code: 'ECONNRESET' }) : error
    this.#held = []
    process.nextTick(done, isHeard ? gone : null)
    if (!this.#isFull) return
    this.#isFull = false
    this.call.wantMore()
  }
}

/** Asked for rarely. Node's constructor sets it empty, and has it as a property, which a class cannot replace by a getter in TypeScript. */
Object.defineProperty(SyntheticRequest.prototype, 'rawHeaders', {
  get(this: SyntheticRequest) {
    const { authority, fields } = this.given
    return ['host', authority, ...rawLines(fields)]
  },
  set() {},
})

function headersOf({ authority, fields, length, method }: ExtensionRequest): Headers {
  const headers = noHeaders()
  headers['host'] = authority
  readLines(fields, headers)
  if (length > 0 || (length === 0 && method !== 'GET' && method !== 'HEAD'))
    headers['content-length'] = String(length)
  else if (headers['upgrade'] !== undefined) headers['connection'] = 'upgrade'
  else if (length < 0) headers['transfer-encoding'] = 'chunked'
  return headers
}
