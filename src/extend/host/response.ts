import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isBodiless } from '../../http/status.ts'
import { type HeaderValues, lengthOf, linesOf } from './header-lines.ts'
import type { HostedCall } from './hosted-call.ts'
import type { SyntheticRequest } from './request.ts'

type HeadersToWrite = HeaderValues | readonly unknown[]
type Done = ((error?: Error | null) => void) | null | undefined

/** What `node:http` keeps in its responses, and reads in the methods that are not replaced here. */
interface NodeResponse {
  /** Not `null` once the head is written: headers can be changed no more. */
  _header: string | null
  _closed: boolean
  /** Set by a server when it is this response's turn on the connection. */
  socket: Socket
  finished: boolean
}

/**
 * A response as Fastify and its plugins know it from `node:http`, which tells the gateway what is written to it: no socket takes it.
 * Headers are kept by Node's own methods. Trailers, early hints and interim responses are dropped: they cannot pass.
 */
export class SyntheticResponse extends ServerResponse {
  readonly call: HostedCall
  readonly #node = this as unknown as NodeResponse
  /** Lines of the head, from when they are fixed. */
  #fields = ''
  /** As the extension said; -1 when it did not. */
  #length = -1
  #isSent = false
  #isFull = false
  #sentBytes = 0

  constructor(request: SyntheticRequest, call: HostedCall) {
    super(request)
    this.call = call
    this.#node.socket = request.socket
  }

  override writeHead(status: number, reason?: string | HeadersToWrite, headers?: HeadersToWrite): this {
    if (this.headersSent) throw headersSent('write')
    const given = typeof reason === 'string' ? headers : (reason ?? headers)
    this.statusCode = status
    this.#fix(given)
    return this
  }

  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const told = (typeof encoding === 'function' ? encoding : done) as Done
    if (this.writableEnded || this.destroyed) {
      if (typeof told === 'function') process.nextTick(told, new Error('write after the response has ended'))
      return false
    }
    const part = bytesOf(chunk, encoding)
    this.#send(-1)
    const isTaken = this.#sendBody(part)
    if (typeof told === 'function') process.nextTick(told)
    return isTaken
  }

  override end(chunk?: unknown, encoding?: unknown, done?: unknown): this {
    if (typeof chunk === 'function') return this.end(undefined, undefined, chunk)
    const told = (typeof encoding === 'function' ? encoding : done) as Done
    if (typeof told === 'function') this.once('finish', told)
    if (this.writableEnded || this.destroyed) return this
    const last = chunk === undefined || chunk === null ? undefined : bytesOf(chunk, encoding)
    this.#send(last?.length ?? 0)
    if (last !== undefined) this.#sendBody(last)
    this.finished = true
    if (this.destroyed) return this
    if (this.#isShort()) return this.destroy(new Error(shortOf(this.#sentBytes, this.#length)))
    this.call.answered()
    process.nextTick(emitFinish, this)
    return this
  }

  override flushHeaders(): void {
    if (!this.writableEnded && !this.destroyed) this.#send(-1)
  }

  /** Asked for by Node's methods that write the head on their own. */
  _implicitHeader(): void {
    if (!this.headersSent) this.#fix(undefined)
  }

  override addTrailers(): void {}

  override writeContinue(done?: () => void): void {
    if (done !== undefined) process.nextTick(done)
  }

  override writeProcessing(done?: () => void): void {
    if (done !== undefined) process.nextTick(done)
  }

  override writeEarlyHints(_: unknown, done?: () => void): void {
    if (done !== undefined) process.nextTick(done)
  }

  override destroy(error?: Error): this {
    if (this.destroyed) return this
    this.close()
    this.call.leave(error)
    return this
  }

  /** The gateway takes more. */
  takesMore(): void {
    if (!this.#isFull) return
    this.#isFull = false
    if (!this.destroyed) this.emit('drain')
  }

  /** Nothing comes of it any more. */
  close(): void {
    if (this.destroyed) return
    this.destroyed = true
    process.nextTick(emitClose, this)
  }

  /** Fixes status and headers. */
  #fix(headers: HeadersToWrite | undefined): void {
    const { statusCode } = this
    if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 999)
      throw new RangeError(`status ${String(statusCode)} cannot answer a request`)
    if (headers !== undefined && (Array.isArray(headers) || this.getHeaderNames().length > 0))
      for (const [name, value] of entriesOf(headers)) this.setHeader(name, value as string)
    const isKept = headers === undefined || this.getHeaderNames().length > 0
    const all = (isKept ? this.getHeaders() : headers) as HeaderValues
    // RFC 9112 §6.3: with both, the length does not count. Fastify leaves it in when it has trailers.
    if (all['transfer-encoding'] === undefined)
      this.#length = lengthOf(all['content-length'] ?? all['Content-Length'])
    this.#fields = linesOf(all)
    this.#node._header = 'fixed'
  }

  /** Sends the head when it was not sent. @param bytes of the body, when it comes in one piece; else -1. */
  #send(bytes: number): void {
    if (this.#isSent) return
    if (!this.headersSent) this.#fix(undefined)
    this.#isSent = true
    if (bytes >= 0 && this.#carriesBody()) this.#length = bytes
    this.call.head(this.statusCode, this.#fields, this.#length)
  }

  #sendBody(part: Buffer): boolean {
    if (part.length === 0 || !this.#carriesBody()) return true
    this.#sentBytes += part.length
    if (this.#length >= 0 && this.#sentBytes > this.#length) {
      this.destroy(new Error(shortOf(this.#sentBytes, this.#length)))
      return false
    }
    this.#isFull = !this.call.answer(part)
    return !this.#isFull
  }

  #carriesBody(): boolean {
    return hasBody(this.statusCode, this.req.method)
  }

  #isShort(): boolean {
    return this.#length >= 0 && this.#sentBytes < this.#length && this.#carriesBody()
  }
}

/** Whether a response of that status to that method has a body. RFC 9110 §6.4.1. */
export function hasBody(status: number, method: string | undefined): boolean {
  return method !== 'HEAD' && !isBodiless(status)
}

function shortOf(sent: number, said: number): string {
  return `the response has ${sent} bytes where its content-length says ${said}`
}

function headersSent(what: string): Error {
  return Object.assign(new Error(`Cannot ${what} headers after they are sent to the client`), {
    code: 'ERR_HTTP_HEADERS_SENT',
  })
}

function* entriesOf(headers: HeadersToWrite): Generator<readonly [string, unknown]> {
  if (!Array.isArray(headers)) return yield* Object.entries(headers)
  const isNested = Array.isArray(headers[0])
  for (let i = 0; i < headers.length; i += isNested ? 1 : 2)
    yield isNested ? headers[i] : [String(headers[i]), headers[i + 1]]
}

/** @throws {TypeError} for anything else: nothing of the response may have gone out by then. */
export function bytesOf(chunk: unknown, encoding?: unknown): Buffer {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  if (Buffer.isBuffer(chunk)) return chunk
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new TypeError('a body takes strings and bytes')
}

function emitFinish(response: SyntheticResponse): void {
  response.emit('finish')
  response.close()
  if (response.req.listenerCount('close') > 0) response.req.destroy()
}

function emitClose(response: SyntheticResponse): void {
  const node = response as unknown as NodeResponse
  if (node._closed) return
  node._closed = true
  response.emit('close')
}
