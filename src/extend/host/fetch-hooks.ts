import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ExtensionContext, ExtensionLogger, FetchExtension } from '../author-types.ts'
import type { ExtensionLog, ExtensionRequest } from '../call.ts'
import { callOf } from './call-of.ts'
import { FetchBody } from './fetch-body.ts'
import { hostedLogger } from './log.ts'
import type { SyntheticRequest } from './request.ts'

interface FetchSettings {
  readonly options: object
  readonly log: ExtensionLog | undefined
}

/** Bodies that a fetch extension left in the place of what came. */
const replaced = new WeakMap<object, Readable>()

/** Runs an extension of the Fetch API's types in a hook `onRequest`, so that it keeps its place among hooks of others. */
export function addFetchExtension(
  app: FastifyInstance,
  extension: FetchExtension,
  settings: FetchSettings,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const raw = callOf(request.raw).request
    const body = bodyOf(raw)
    const asked = requestOf(raw, body)
    const said = await extension.fetch(asked, new FetchContext(raw.given, settings) as ExtensionContext)
    if (said === undefined || said === null)
      return body?.isUsed === true ? replace(raw, body.again()) : undefined
    if (said instanceof Response) return answer(said, reply)
    if (said instanceof Request) return change(raw, said, body)
    throw new TypeError('fetch() gives a Response, a Request or nothing')
  })
  app.addHook('preParsing', (request: FastifyRequest, _reply, payload, done) => {
    done(null, replaced.get(request.raw) ?? payload)
  })
}

function bodyOf(raw: SyntheticRequest): FetchBody | undefined {
  const { given, method } = raw
  if (given.length === 0 || method === 'GET' || method === 'HEAD') return undefined
  return new FetchBody(replaced.get(raw) ?? raw)
}

/**
 * The request as it is now: hooks before may have changed it.
 *
 * @throws an answer to the client, who may send hosts that HTTP allows and URLs do not: `1.2.3.999`.
 */
function requestOf(raw: SyntheticRequest, body: FetchBody | undefined): Request {
  const { method = 'GET', url = '/', given } = raw
  const headers: [string, string][] = []
  for (const [name, value] of Object.entries(raw.headers)) {
    if (typeof value === 'string') headers.push([name, value])
    else for (const one of value ?? []) headers.push([name, one])
  }
  const whole = `${given.scheme}://${raw.headers.host ?? given.authority}${url}`
  if (!URL.canParse(whole)) throw Object.assign(new Error('Host is no host of a URL'), { statusCode: 400 })
  return body === undefined
    ? new Request(whole, { method, headers })
    : new Request(whole, { method, headers, body: body.stream, duplex: 'half' })
}

/** Sends the response; a short body would do without a stream, but only its reader knows that it is short. */
async function answer(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status)
  for (const [name, value] of response.headers) reply.header(name, value)
  if (response.body === null) return reply.send()
  return reply.send(Readable.fromWeb(response.body as never))
}

/** Puts another request in the place of the one that came. */
function change(raw: SyntheticRequest, wanted: Request, body: FetchBody | undefined): void {
  const { host, pathname, search } = new URL(wanted.url)
  const before = new URL(`${raw.given.scheme}://${raw.headers.host ?? raw.given.authority}${raw.url}`)
  if (pathname !== before.pathname || search !== before.search) raw.url = pathname + search
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of wanted.headers) {
    if (name !== 'set-cookie') headers[name] = value
  }
  headers['host'] = host === before.host ? (headers['host'] ?? raw.headers.host ?? host) : host
  raw.method = wanted.method
  delete headers['content-length']
  delete headers['transfer-encoding']
  raw.headers = headers
  if (wanted.body === null) {
    if (body === undefined) return
    if (!body.isUsed) raw.dropBody()
    replace(raw, Readable.from([]))
  } else {
    replace(raw, Readable.fromWeb(wanted.body as never))
    headers['transfer-encoding'] = 'chunked'
  }
}

function replace(raw: SyntheticRequest, body: Readable): void {
  replaced.set(raw, body)
}

/** Made for every request: what is rarely asked for is made when it is. */
class FetchContext {
  readonly #given: ExtensionRequest
  readonly #settings: FetchSettings

  constructor(given: ExtensionRequest, settings: FetchSettings) {
    this.#given = given
    this.#settings = settings
  }

  get clientAddress(): string {
    return this.#given.clientAddress
  }

  get requestId(): string {
    return this.#given.requestId
  }

  get route(): string {
    return this.#given.route
  }

  get scheme(): 'http' | 'https' {
    return this.#given.scheme
  }

  get options(): object {
    return this.#settings.options
  }

  get log(): ExtensionLogger {
    return hostedLogger(this.#settings.log, this.#given.requestId)
  }

  /** Made when it is asked for: extensions take it out of the context. */
  get waitUntil(): ExtensionContext['waitUntil'] {
    const { log } = this
    return (work) => void work.catch((error: unknown) => log.error(error, 'work after the response failed'))
  }
}
