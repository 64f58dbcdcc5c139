import type {
  BodySink,
  ExtensionEvents,
  ExtensionFailure,
  ExtensionHost,
  UpstreamEvents,
  UpstreamRequest,
} from '../call.ts'
import { BatchReader } from './batch-reader.ts'
import { Lane, takeBodyWord } from './lane.ts'
import { Outbox, type Posted, word } from './outbox.ts'

/** Requests in the extensions of this thread, on their way from and to the one that carries traffic. */
export class FarCalls {
  readonly #outbox: Outbox
  readonly #host: ExtensionHost
  readonly #onStop: () => void
  readonly #calls = new Map<number, FarCall>()

  constructor(
    host: ExtensionHost,
    post: (posted: Posted, transfer: ArrayBuffer[]) => void,
    onStop: () => void,
  ) {
    this.#host = host
    this.#outbox = new Outbox(post)
    this.#onStop = onStop
  }

  take(posted: Posted): void {
    const reader = new BatchReader(posted)
    while (!reader.isDone()) this.#takeOne(reader.number(), reader.number(), reader)
  }

  /** Values are read whether or not there still is somebody who hears them. */
  #takeOne(what: number, key: number, reader: BatchReader): void {
    const call = this.#calls.get(key >> 1)
    const lane = (key & 1) === 1 ? call?.upstreamLane : call?.lane
    switch (what) {
      case word.open:
        return this.#open(key, reader)
      case word.head: {
        const [status, fields, length] = [reader.number(), reader.text(), reader.number()]
        return call?.upstreamEvents?.head(status, fields, length)
      }
      case word.text:
      case word.bytes:
      case word.credit:
        return takeBodyWord(what, lane, reader)
      case word.end:
        lane?.sink?.end()
        if (lane === call?.lane) call?.received()
        return
      case word.abort:
        if (lane === call?.lane) call?.over()
        return lane?.sink?.abort()
      case word.ping:
        this.#outbox.next().push(word.pong, key)
        return
      default:
        return this.#onStop()
    }
  }

  #open(key: number, reader: BatchReader): void {
    const [method, target, authority, fields] = [reader.text(), reader.text(), reader.text(), reader.text()]
    const [length, clientAddress] = [reader.number(), reader.text()]
    const [scheme, requestId, route] = [reader.text() as 'http' | 'https', reader.text(), reader.text()]
    const id = key >> 1
    const call = new FarCall(this.#outbox, key, () => this.#calls.delete(id))
    if (length === 0) call.received()
    this.#calls.set(id, call)
    const request = { method, target, authority, fields, length, clientAddress, scheme, requestId, route }
    const opened = this.#host.open(request, call)
    if (opened === undefined) call.failed('stopped', this.#host.unavailable ?? 'it takes no more requests')
    else call.lane.sink = opened
  }
}

/** One request; what the extensions say of it goes over. */
class FarCall implements ExtensionEvents {
  readonly lane: Lane
  upstreamLane: Lane | undefined
  upstreamEvents: UpstreamEvents | undefined
  readonly #outbox: Outbox
  readonly #key: number
  readonly #onOver: () => void
  #isReceived = false
  #isAnswered = false

  constructor(outbox: Outbox, key: number, onOver: () => void) {
    this.#outbox = outbox
    this.#key = key
    this.#onOver = onOver
    this.lane = new Lane(outbox, key)
  }

  head(status: number, fields: string, length: number): void {
    this.#outbox.next().push(word.head, this.#key, status, fields, length)
  }

  data(part: Buffer): boolean {
    return this.lane.data(part)
  }

  end(): void {
    this.lane.end()
    this.#isAnswered = true
    if (this.#isReceived) this.over()
  }

  drained(): void {
    this.lane.drained()
  }

  abort(): void {
    this.lane.abort()
    this.over()
  }

  failed(why: ExtensionFailure, detail: string): void {
    this.#outbox.next().push(word.failed, this.#key, why, detail)
    this.over()
  }

  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink {
    const { method, target, authority, fields, length } = request
    const key = this.#key + 1
    this.#outbox.next().push(word.upstream, key, method, target, authority, fields, length)
    const lane = new Lane(this.#outbox, key)
    lane.sink = events
    this.upstreamLane = lane
    this.upstreamEvents = events
    return lane
  }

  /** The request is complete; the response may still be on its way. */
  received(): void {
    this.#isReceived = true
    if (this.#isAnswered) this.over()
  }

  over(): void {
    this.#onOver()
  }
}
