import { connect, type Socket } from 'node:net'
import { type Message, MessageReader } from './message-reader.ts'

export interface LoadOptions {
  readonly port: number
  /** Clients that send one request after the other, each on its own connection. */
  readonly connections: number
  /** The bytes of a request; `n` counts all requests of the run from 0. */
  readonly request: (n: number) => string
  /** A connection is closed by the client and made anew after so many requests. */
  readonly perConnection?: number
  /** Requests in all; without it the run lasts until `signal`. */
  readonly total?: number
  /** No further request is begun; those under way are waited for. */
  readonly signal?: AbortSignal
  /** Pause between an answer and the next request of a client; none when absent. */
  readonly thinkMs?: () => number
  /** A request that is not answered after this counts as failed, and its connection is given up. */
  readonly patienceMs?: number
  /** Told of each complete response, and when its request was sent, in monotonic milliseconds. */
  readonly onAnswer?: (message: Message, sentAt: number) => void
}

/** What became of every request and every connection. */
export interface LoadResult {
  /** Written on an established connection, in whole or in part. */
  sent: number
  /** Complete responses with a status below 400. */
  answered: number
  /** Complete responses with a status of 400 or more. */
  refusedByStatus: number
  /** Sent and not answered completely. */
  failed: number
  /** Connections that the server ended between two requests without having said so. */
  closed: number
  /** Connections that the server ended after an answer with `connection: close`. */
  announced: number
  /** Connections that were not made. */
  notConnected: number
  /** How the failed ones failed, and the statuses of 400 or more. */
  readonly reasons: Map<string, number>
  /** Milliseconds of the answered ones, in order of completion. */
  readonly latencies: number[]
  /** The numbers of the requests that were not answered below 400. */
  readonly lost: number[]
}

/**
 * Sends requests over raw keep-alive connections, one after the other on each, and counts exactly: a request is failed
 * when a byte of it was written and no complete response came; a connection that could not be made is counted apart.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const result: LoadResult = {
    sent: 0,
    answered: 0,
    refusedByStatus: 0,
    failed: 0,
    closed: 0,
    announced: 0,
    notConnected: 0,
    reasons: new Map(),
    latencies: [],
    lost: [],
  }
  let next = 0
  const more = (): number | undefined => {
    if (options.signal?.aborted === true) return undefined
    return next < (options.total ?? Number.POSITIVE_INFINITY) ? next++ : undefined
  }
  await Promise.all(Array.from({ length: options.connections }, () => client(options, more, result)))
  return result
}

/** The value below which `share` of the latencies lie. */
export function percentile(latencies: readonly number[], share: number): number {
  const sorted = Float64Array.from(latencies).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** One client: connects anew whenever it has to. */
async function client(
  options: LoadOptions,
  more: () => number | undefined,
  result: LoadResult,
): Promise<void> {
  let n = more()
  while (n !== undefined) {
    const socket = await open(options.port)
    if (socket !== undefined) {
      await new Session(socket, options, more, result).run(n)
      n = more()
      continue
    }
    result.notConnected++
    if (options.signal?.aborted === true) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function open(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

/** One connection from its first request to its end. */
class Session {
  readonly #socket: Socket
  readonly #options: LoadOptions
  readonly #more: () => number | undefined
  readonly #result: LoadResult
  readonly #done = Promise.withResolvers<void>()
  /** The request that is not answered yet. */
  #current: number | undefined
  #started = 0
  #served = 0
  #ended = false
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: LoadOptions, more: () => number | undefined, result: LoadResult) {
    this.#socket = socket
    this.#options = options
    this.#more = more
    this.#result = result
  }

  /** Sends this request, then those that `more` gives; resolves when the connection is done with. */
  run(first: number): Promise<void> {
    const reader = new MessageReader({
      kind: 'response',
      kept: 0,
      onMessage: (message) => this.#onMessage(message),
    })
    this.#socket.on('data', (data: Buffer) => {
      reader.push(data)
      if (reader.fault !== undefined) this.#fail(`unreadable: ${reader.fault}`)
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message))
    this.#socket.on('end', () => {
      reader.end()
      this.#fail('closed')
    })
    this.#socket.on('close', () => this.#fail('closed'))
    this.#begin(first)
    return this.#done.promise
  }

  #begin(n: number): void {
    this.#current = n
    this.#started = performance.now()
    this.#result.sent++
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail('no answer in time'), this.#options.patienceMs ?? 15_000)
    this.#socket.write(this.#options.request(n), 'latin1')
  }

  #onMessage(message: Message): void {
    if (message.startLine.startsWith('HTTP/1.1 1') || this.#ended) return
    answered(
      this.#result,
      Number(message.startLine.slice(9, 12)),
      this.#current ?? -1,
      performance.now() - this.#started,
    )
    this.#options.onAnswer?.(message, this.#started)
    this.#current = undefined
    this.#served++
    if (message.fields.some(([name, value]) => name.toLowerCase() === 'connection' && value === 'close')) {
      this.#result.announced++
      return this.#end()
    }
    if (this.#served >= (this.#options.perConnection ?? Number.POSITIVE_INFINITY)) return this.#end()
    const pause = this.#options.thinkMs?.() ?? 0
    if (pause === 0) return this.#next()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#next(), pause)
  }

  #next(): void {
    const n = this.#more()
    if (n === undefined) this.#end()
    else this.#begin(n)
  }

  #fail(reason: string): void {
    if (this.#ended) return
    if (this.#current === undefined) {
      this.#result.closed++
    } else {
      this.#result.failed++
      this.#result.lost.push(this.#current)
      count(this.#result.reasons, reason)
    }
    this.#end()
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#socket.destroy()
    this.#done.resolve()
  }
}

function answered(result: LoadResult, status: number, n: number, ms: number): void {
  result.latencies.push(ms)
  if (status < 400) {
    result.answered++
    return
  }
  result.refusedByStatus++
  result.lost.push(n)
  count(result.reasons, String(status))
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
