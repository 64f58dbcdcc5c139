import { connect, type Socket } from 'node:net'
import { MessageReader } from './message-reader.ts'

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
  /** A request that is not answered after this counts as failed, and its connection is given up. */
  readonly patienceMs?: number
}

/** What became of every request and every connection. */
export interface LoadResult {
  /** Written on an established connection, in whole or in part. */
  sent: number
  /** Complete responses with a status below 500. */
  answered: number
  /** Complete responses with a status of 500 or more. */
  refusedByStatus: number
  /** Sent and not answered completely. */
  failed: number
  /** Connections that the server ended between two requests without having said so. */
  closed: number
  /** Connections that the server ended after an answer with `connection: close`. */
  announced: number
  /** Connections that were not made. */
  notConnected: number
  /** How the failed ones failed, and the statuses of 500 or more. */
  readonly reasons: Map<string, number>
  /** Milliseconds of the answered ones, in order of completion. */
  readonly latencies: number[]
  /** The numbers of the requests that were not answered below 500. */
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
    if (socket === undefined) {
      result.notConnected++
      if (options.signal?.aborted === true) return
      await new Promise((resolve) => setTimeout(resolve, 5))
      continue
    }
    const used = await useConnection(socket, n, options, more, result)
    // A connection that ended before a byte of the request was written leaves the request to the next one.
    n = used.unsent ?? more()
  }
}

function open(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

/** Runs requests over one connection until it ends or there are no more. */
function useConnection(
  socket: Socket,
  first: number,
  options: LoadOptions,
  more: () => number | undefined,
  result: LoadResult,
): Promise<{ unsent: number | undefined }> {
  const done = Promise.withResolvers<{ unsent: number | undefined }>()
  const patience = options.patienceMs ?? 15_000
  let current: number | undefined = first
  let started = 0
  let served = 0
  let timer: NodeJS.Timeout | undefined
  let ended = false

  const end = (unsent?: number): void => {
    ended = true
    clearTimeout(timer)
    socket.destroy()
    done.resolve({ unsent })
  }
  const fail = (reason: string): void => {
    if (ended) return
    if (current === undefined) {
      result.closed++
    } else {
      result.failed++
      result.lost.push(current)
      count(result.reasons, reason)
    }
    end()
  }
  const begin = (n: number): void => {
    current = n
    started = performance.now()
    result.sent++
    socket.write(options.request(n), 'latin1')
  }
  const reader = new MessageReader({
    kind: 'response',
    kept: 0,
    onMessage: (message) => {
      if (message.startLine.charCodeAt(9) === 49 || ended) return
      finish(result, Number(message.startLine.slice(9, 12)), current ?? -1, performance.now() - started)
      current = undefined
      served++
      if (message.fields.some(([name, value]) => name.toLowerCase() === 'connection' && value === 'close')) {
        result.announced++
        return end()
      }
      if (served >= (options.perConnection ?? Number.POSITIVE_INFINITY)) return end()
      const n = more()
      if (n === undefined) return end()
      timer?.refresh()
      begin(n)
    },
  })
  socket.on('data', (data: Buffer) => {
    reader.push(data)
    if (reader.fault !== undefined) fail(`unreadable: ${reader.fault}`)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
  socket.on('end', () => {
    reader.end()
    fail('closed without an answer')
  })
  socket.on('close', () => fail('closed'))
  timer = setTimeout(() => fail('no answer in time'), patience)
  begin(first)
  return done.promise
}

function finish(result: LoadResult, status: number, n: number, ms: number): void {
  result.latencies.push(ms)
  if (status < 500) {
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
