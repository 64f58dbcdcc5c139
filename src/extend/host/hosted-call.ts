import type { BodySink, ExtensionCall, ExtensionEvents, ExtensionRequest } from '../call.ts'
import { SyntheticRequest } from './request.ts'
import { SyntheticResponse } from './response.ts'
import type { UpstreamResponse } from './upstream-response.ts'

/** What a request tells of its end. */
export interface CallKeeper {
  /** It has a whole response, or never will. */
  over(): void
  /** What an extension threw; the request has no response for it. @returns what the gateway is told. */
  threw(error: unknown): string
}

/** One request in the extensions of this thread, from when the gateway hands it in until its response has ended. */
export class HostedCall implements ExtensionCall {
  readonly request: SyntheticRequest
  readonly response: SyntheticResponse
  /** What its cluster says, once extensions have let it through. */
  upstream: UpstreamResponse | undefined
  readonly #events: ExtensionEvents
  readonly #keeper: CallKeeper
  #isOver = false

  constructor(given: ExtensionRequest, events: ExtensionEvents, keeper: CallKeeper) {
    this.#events = events
    this.#keeper = keeper
    this.request = new SyntheticRequest(this, given)
    this.response = new SyntheticResponse(this.request, this)
  }

  /** Whether nothing can be said of it any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  data(part: Buffer): boolean {
    return this.#isOver && this.upstream === undefined ? true : this.request.receive(part)
  }

  end(): void {
    this.request.receiveEnd()
  }

  drained(): void {
    if (this.upstream?.isTunnel === true) this.upstream.wantMore()
    else this.response.takesMore()
  }

  abort(): void {
    const wasOver = this.#isOver
    this.#finish()
    this.upstream?.cancel()
    if (wasOver) return
    this.request.abandon()
    this.response.close()
  }

  /** More of the request's body may come. */
  wantMore(): void {
    if (!this.#isOver || this.upstream !== undefined) this.#events.drained()
  }

  /** Lets it through to its cluster. */
  letThrough(upstream: UpstreamResponse, request: Parameters<ExtensionEvents['upstream']>[0]): BodySink {
    this.upstream = upstream
    return this.#events.upstream(request, upstream)
  }

  head(status: number, fields: string, length: number): void {
    if (!this.#isOver) this.#events.head(status, fields, length)
  }

  /** A part of the response. @returns false when no more should come. */
  answer(part: Buffer): boolean {
    return this.#isOver ? true : this.#events.data(part)
  }

  /** The response is complete. */
  answered(): void {
    if (this.#isOver) return
    this.#finish()
    this.upstream?.cancelResponse()
    this.#events.end()
    if (this.upstream?.isTunnel === true) this.response.close()
  }

  /** An extension failed, and there is no response, or no whole one. */
  fail(error: unknown): void {
    if (this.#isOver) return
    // Then the error is that one, which no extension took.
    if (this.upstream?.isBroken === true) return this.#breakOff()
    this.#finish()
    this.upstream?.cancel()
    this.#events.failed('threw', this.#keeper.threw(error))
    this.response.close()
  }

  /** An extension, or Fastify for it, gave the response up before its end: of its own, or because the cluster's ended too early. */
  leave(error: Error | undefined): void {
    this.fail(error ?? new Error('the response was destroyed'))
  }

  #breakOff(): void {
    this.#finish()
    this.#events.abort()
    this.response.close()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#keeper.over()
  }
}
