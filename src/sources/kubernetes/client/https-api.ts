import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Clock } from '../../../std/clock.ts'
import type { Ms } from '../../../std/units.ts'
import {
  ApiError,
  type ApiOptions,
  type KubernetesApi,
  tooLarge,
  type WatchEnd,
  type WatchOptions,
} from '../api.ts'
import { type Asked, answerFailure, badAnswer, isTlsFault, noAnswer } from './api-failures.ts'
import type { Access, Credentials } from './credentials.ts'
import { readWatch } from './read-watch.ts'

const usualTimeout: Ms = 30_000
/** A page of 500 objects is a few MiB; more than this is no answer that we asked for. */
const largestBody = 64 * 1024 * 1024
/** A connection to the API server that nobody uses is closed before the server does it, after 90 s. */
const idleFor: Ms = 55_000
/** Who waits for endpoints waits for twice as long already. */
const usualBreath: Ms = 25
/** Between the signs of life that TCP asks the other side for. */
const keepAliveEvery: Ms = 30_000

export interface HttpsApiDeps {
  readonly credentials: Credentials
  readonly clock: Clock
  /** Between two readings of a watch on which much happens; 25 ms. */
  readonly breath?: Ms | undefined
}

interface Ask extends Asked {
  readonly body: string | undefined
  readonly contentType: string
  readonly signal: AbortSignal
}

/** The API server over HTTP/1.1: one pool of connections, of which each watch takes one. */
export class HttpsApi implements KubernetesApi, Disposable {
  readonly server: string
  readonly #deps: HttpsApiDeps
  #agent: http.Agent | undefined
  #agentFor = ''

  constructor(server: string, deps: HttpsApiDeps) {
    this.server = server
    this.#deps = deps
  }

  async request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options: ApiOptions = {},
  ): Promise<unknown> {
    const asked = { server: this.server, method, path }
    const timeout = options.timeout ?? usualTimeout
    using limit = timeLimit(this.#deps.clock, timeout, asked)
    const signal =
      options.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, options.signal])
    const usualType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const ask = { ...asked, body, contentType: options.contentType ?? usualType, signal }
    try {
      const answer = await this.#answer(ask)
      return await readAnswer(asked, answer)
    } catch (error) {
      throw signal.aborted && signal.reason instanceof ApiError ? signal.reason : noAnswer(asked, error)
    }
  }

  async watch(path: string, onLine: (line: unknown) => void, options: WatchOptions): Promise<WatchEnd> {
    const asked = { server: this.server, method: 'GET', path }
    const open = async (signal: AbortSignal) => {
      try {
        const ask = { ...asked, body: undefined, contentType: '', signal }
        const answer = await this.#answer(ask)
        if (answer.statusCode === 200) return answer
        await readAnswer(asked, answer)
        throw badAnswer(asked, `with ${answer.statusCode} in the place of a stream`, '')
      } catch (error) {
        throw noAnswer(asked, error)
      }
    }
    const { clock, breath = usualBreath } = this.#deps
    return await readWatch(open, onLine, { ...options, clock, breath })
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#agent?.destroy()
  }

  /** The head of the answer. Asks a second time when fresh credentials may help, or an idle connection had been closed. */
  async #answer(ask: Ask): Promise<IncomingMessage> {
    const { credentials } = this.#deps
    const access = await credentials.current()
    let next = access
    try {
      const answer = await this.#exchange(access, ask)
      if (answer.statusCode !== 401) return answer
      answer.resume()
      next = await credentials.renew(access)
    } catch (error) {
      if (ask.signal.aborted) throw error
      if (isTlsFault(error)) next = await credentials.renew(access)
      const isWorthTrying =
        next.connectionId !== access.connectionId || (ask.method === 'GET' && wasIdle(error))
      if (!isWorthTrying) throw error
    }
    return await this.#exchange(next, ask)
  }

  #exchange(access: Access, ask: Ask): Promise<IncomingMessage> {
    const { server } = access
    const isSecure = server.protocol === 'https:'
    const bodyHeaders = ask.body === undefined ? {} : { 'content-type': ask.contentType }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = (isSecure ? https : http).request({
      ...access.tls,
      hostname: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (isSecure ? 443 : 80) : Number(server.port),
      method: ask.method,
      path: `${server.pathname.replace(/\/$/, '')}${ask.path}`,
      headers: { accept: 'application/json', 'user-agent': 'tidegate', ...bodyHeaders, ...access.headers },
      agent: this.#agentOf(access),
      signal: ask.signal,
    })
    let answer: IncomingMessage | undefined
    request.once('response', (head) => {
      answer = head
      resolve(head)
    })
    request.on('error', (error) => {
      // Node tells it the request alone, and the answer only that it ended too soon.
      answer?.destroy(error)
      reject(request.reusedSocket ? new IdleClosed(error) : error)
    })
    // Of a 101, which nobody asked for, Node drops the connection and tells no error.
    request.on('close', () => reject(new Error('the connection ended without an answer')))
    request.end(ask.body)
    return promise
  }

  /** With another authority or certificate the old connections end as they become free. */
  #agentOf(access: Access): http.Agent {
    if (access.proxyAgent !== undefined) return access.proxyAgent
    if (this.#agent !== undefined && this.#agentFor === access.connectionId) return this.#agent
    const options = { keepAlive: true, keepAliveMsecs: keepAliveEvery, timeout: idleFor, maxFreeSockets: 16 }
    const isSecure = access.server.protocol === 'https:'
    const before = this.#agent
    this.#agent = isSecure ? new https.Agent({ ...options, ...access.tls }) : new http.Agent(options)
    this.#agentFor = access.connectionId
    if (before !== undefined)
      for (const list of Object.values(before.freeSockets)) for (const socket of list ?? []) socket.destroy()
    return this.#agent
  }
}

/** A failure on a connection that had served before: the server may have closed it just then. */
class IdleClosed extends Error {
  readonly code: string

  constructor(cause: Error) {
    super(cause.message, { cause })
    this.code = (cause as NodeJS.ErrnoException).code ?? ''
  }
}

function wasIdle(error: unknown): boolean {
  return error instanceof IdleClosed
}

async function readAnswer(asked: Asked, answer: IncomingMessage): Promise<unknown> {
  const status = answer.statusCode ?? 0
  const body = await readBody(asked, answer)
  if (status < 200 || status > 299) throw answerFailure(asked, { status, headers: answer.headers, body })
  try {
    return body === '' ? undefined : JSON.parse(body)
  } catch {
    throw badAnswer(asked, 'with what is not JSON; is it an API server?', 'NotJson')
  }
}

async function readBody(asked: Asked, answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw badAnswer(asked, `with more than ${largestBody} bytes`, tooLarge)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function timeLimit(clock: Clock, ms: Ms, asked: Asked): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const late = () => controller.abort(badAnswer(asked, `not within ${ms / 1000} s`, 'Timeout'))
  const timer = clock.setTimeout(late, ms)
  return { signal: controller.signal, [Symbol.dispose]: () => clock.clearTimeout(timer) }
}
