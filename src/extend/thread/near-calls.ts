import type {
  ExtensionCall,
  ExtensionEvents,
  ExtensionFailure,
  ExtensionRequest,
  UpstreamEvents,
} from '../call.ts'
import { BatchReader } from './batch-reader.ts'
import { Lane, takeBodyWord } from './lane.ts'
import { Outbox, type Posted, word } from './outbox.ts'

/** A lane's key is its call's number times two; the odd ones lead to the cluster and back. */
const upstreamLane = 1

/** Requests in the extensions of another thread, seen from the one that carries traffic. */
export class NearCalls {
  readonly #outbox: Outbox
  readonly #onPong: (id: number) => void
  readonly #onFailed: (why: ExtensionFailure) => void
  readonly #calls = new Map<number, NearCall>()
  readonly #numbers: number
  #next = 0

  constructor(
    post: (posted: Posted, transfer: ArrayBuffer[]) => void,
    on: { readonly pong: (id: number) => void; readonly failed: (why: ExtensionFailure) => void },
    numbers = callNumbers,
  ) {
    this.#numbers = numbers
    this.#outbox = new Outbox(post)
    this.#onPong = on.pong
    this.#onFailed = on.failed
  }

  get open(): number {
    return this.#calls.size
  }

  begin(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall {
    const id = this.#freeNumber()
    const { method, target, authority, fields, length, clientAddress, scheme, requestId, route } = request
    this.#outbox
      .next()
      .push(
        word.open,
        id * 2,
        method,
        target,
        authority,
        fields,
        length,
        clientAddress,
        scheme,
        requestId,
        route,
      )
    const call = new NearCall(this.#outbox, { key: id * 2, events, onOver: () => this.#calls.delete(id) })
    call.isSent = length === 0
    this.#calls.set(id, call)
    return call
  }

  /** Numbers begin anew some day, and a websocket may be as old as that. */
  #freeNumber(): number {
    while (this.#calls.has(this.#next)) this.#next = (this.#next + 1) % this.#numbers
    const id = this.#next
    this.#next = (id + 1) % this.#numbers
    return id
  }

  ping(id: number): void {
    this.#outbox.next().push(word.ping, id)
  }

  /** Asks the other side to end. */
  stop(): void {
    this.#outbox.next().push(word.stop, 0)
  }

  take(posted: Posted): void {
    const reader = new BatchReader(posted)
    while (!reader.isDone()) this.#takeOne(reader.number(), reader.number(), reader)
  }

  /** Ends all requests: the other side is gone. */
  failAll(why: ExtensionFailure, detail: string): void {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls) {
      this.#onFailed(why)
      call.events.failed(why, detail)
    }
  }

  /** Values are read whether or not there still is somebody who hears them. */
  #takeOne(what: number, key: number, reader: BatchReader): void {
    const call = this.#calls.get(key >> 1)
    const lane = (key & 1) === upstreamLane ? call?.upstream : call?.lane
    switch (what) {
      case word.head: {
        const [status, fields, length] = [reader.number(), reader.text(), reader.number()]
        return call?.events.head(status, fields, length)
      }
      case word.text:
      case word.bytes:
      case word.credit:
        return takeBodyWord(what, lane, reader)
      case word.end:
        lane?.sink?.end()
        if (lane === call?.lane) call?.answered()
        return
      case word.abort:
        if (lane === call?.lane) call?.over()
        return lane?.sink?.abort()
      case word.failed: {
        const [why, detail] = [reader.text() as ExtensionFailure, reader.text()]
        if (call === undefined) return
        call.over()
        this.#onFailed(why)
        return call.events.failed(why, detail)
      }
      case word.upstream:
        return takeUpstream(call, reader)
      default:
        return this.#onPong(key)
    }
  }
}

/** Of calls that are open at the same time; twice that has to fit in 31 bits. */
const callNumbers = 2 ** 28

function takeUpstream(call: NearCall | undefined, reader: BatchReader): void {
  const [method, target, authority] = [reader.text(), reader.text(), reader.text()]
  const [fields, length] = [reader.text(), reader.number()]
  call?.letThrough({ method, target, authority, fields, length })
}

interface NearCallParts {
  readonly key: number
  readonly events: ExtensionEvents
  readonly onOver: () => void
}

/** One request; what is called on it goes over. */
class NearCall implements ExtensionCall {
  readonly lane: Lane
  readonly events: ExtensionEvents
  upstream: Lane | undefined
  /** Whether its body has gone over, or never will. */
  isSent = false
  #isAnswered = false
  readonly #outbox: Outbox
  readonly #key: number
  readonly #onOver: () => void

  constructor(outbox: Outbox, { key, events, onOver }: NearCallParts) {
    this.#outbox = outbox
    this.#key = key
    this.#onOver = onOver
    this.events = events
    this.lane = new Lane(outbox, key)
    this.lane.sink = events
  }

  data(part: Buffer): boolean {
    return this.lane.data(part)
  }

  end(): void {
    this.lane.end()
    this.isSent = true
    if (this.#isAnswered) this.over()
  }

  drained(): void {
    this.lane.drained()
  }

  abort(): void {
    this.lane.abort()
    this.over()
  }

  /** The response is complete; the request's body may still be on its way. */
  answered(): void {
    this.#isAnswered = true
    if (this.isSent) this.over()
  }

  over(): void {
    this.#onOver()
  }

  letThrough(request: Parameters<ExtensionEvents['upstream']>[0]): void {
    const lane = new Lane(this.#outbox, this.#key + upstreamLane)
    this.upstream = lane
    lane.sink = this.events.upstream(request, new NearUpstream(this.#outbox, this.#key + upstreamLane, lane))
  }
}

/** What the cluster answers, on its way over. */
class NearUpstream implements UpstreamEvents {
  readonly #outbox: Outbox
  readonly #key: number
  readonly #lane: Lane

  constructor(outbox: Outbox, key: number, lane: Lane) {
    this.#outbox = outbox
    this.#key = key
    this.#lane = lane
  }

  head(status: number, fields: string, length: number): void {
    this.#outbox.next().push(word.head, this.#key, status, fields, length)
  }

  data(part: Buffer): boolean {
    return this.#lane.data(part)
  }

  end(): void {
    this.#lane.end()
  }

  drained(): void {
    this.#lane.drained()
  }

  abort(): void {
    this.#lane.abort()
  }
}
