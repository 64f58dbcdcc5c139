import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type FakeTarget, isSelected, readTarget } from './fake-request.ts'
import { FakeFailure, type FakeObject, FakeStore, mergePatch } from './fake-store.ts'

export interface FakeOptions {
  /** Speaks TLS with these, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Collections that exist besides those that something was written to. */
  readonly collections?: readonly string[]
}

/** An answer given in the place of the right one. */
export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface FakeWatch {
  readonly target: FakeTarget
  readonly response: ServerResponse
  timer: NodeJS.Timeout | undefined
}

export const builtIn = [
  '/api/v1/configmaps',
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/api/v1/secrets',
  '/api/v1/services',
  '/apis/coordination.k8s.io/v1/leases',
  '/apis/discovery.k8s.io/v1/endpointslices',
  '/apis/networking.k8s.io/v1/ingresses',
  '/apis/networking.k8s.io/v1/ingressclasses',
]

/**
 * A small API server for faults that the real one cannot be made to show. What it shares with the real one is held to it by the cases
 * of `test/conformance/kubernetes-api.ts`.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly store = new FakeStore()
  /** Each request as `GET /api/v1/secrets?…`. */
  readonly requests: string[] = []
  /** Tokens that are accepted. */
  readonly tokens = new Set(['fake-token'])
  /** Decides about access; `secrets` of a namespace, say. */
  allows: (verb: string, target: Pick<FakeTarget, 'resource' | 'namespace'>) => boolean = () => true
  /** May answer in the place of the server, at once or later; `undefined` lets it answer itself. */
  intercept: (method: string, path: string) => FakeAnswer | Promise<FakeAnswer | undefined> | undefined =
    () => undefined
  /** Whether watches are written to; `stalled` ones keep their connection and say nothing, as behind a dead network. */
  watches: 'served' | 'stalled' = 'served'
  readonly #server: http.Server | https.Server
  readonly #isSecure: boolean
  readonly #collections: Set<string>
  readonly #open = new Set<FakeWatch>()
  readonly #sockets = new Set<Socket>()
  /** Connections since the start. */
  connections = 0
  #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = []

  private constructor(options: FakeOptions) {
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response)
    this.#isSecure = options.tls !== undefined
    this.#server =
      options.tls === undefined ? http.createServer(handle) : https.createServer(options.tls, handle)
    this.#collections = new Set([...builtIn, ...(options.collections ?? [])])
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      this.connections += 1
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.store.onEvent = ({ type, collection, object }) => {
      for (const watch of this.#open)
        if (watch.target.collection === collection && isSelected(object, watch.target))
          this.#tell(watch, { type, object })
      this.#wake()
    }
  }

  static async start(options: FakeOptions = {}): Promise<FakeApiServer> {
    const fake = new FakeApiServer(options)
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `${this.#isSecure ? 'https' : 'http'}://127.0.0.1:${port}`
  }

  /** Resource names that are watched now. */
  get watched(): readonly string[] {
    return [...this.#open].map(({ target }) => target.resource).sort()
  }

  /** Kept when a condition of the fake's holds; looked at after every request and event. */
  async until(isDone: () => boolean): Promise<void> {
    if (isDone()) return
    await new Promise<void>((resolve) => this.#waiting.push({ isDone, resolve }))
  }

  /** A line to all watches of a resource, as it stands. */
  say(resource: string, line: string): void {
    for (const { target, response } of this.#open)
      if (target.resource === resource) response.write(`${line}\n`)
  }

  /** Ends watches in the regular way. */
  closeWatches(): void {
    for (const { response } of this.#open) response.end()
  }

  /** Resets every connection. */
  sever(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Ends every connection in the middle of what is said. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  addCollection(collection: string): void {
    this.#collections.add(collection)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { timer } of this.#open) clearTimeout(timer)
    this.sever()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request
    this.requests.push(`${method} ${url}`)
    this.#wake()
    try {
      const body = await readBody(request)
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      if (!this.tokens.has(token)) throw new FakeFailure(401, 'Unauthorized', 'Unauthorized')
      const instead = await this.intercept(method, url)
      if (instead !== undefined) {
        response.writeHead(instead.status, { ...instead.headers })
        response.end(instead.body ?? '')
        return
      }
      this.#answer(method, url, { body, response })
    } catch (error) {
      if (!(error instanceof FakeFailure)) throw error
      const { code, reason, message } = error
      send(response, code, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message,
        reason,
        code,
      })
    } finally {
      this.#wake()
    }
  }

  #answer(
    method: string,
    url: string,
    { body, response }: { body: unknown; response: ServerResponse },
  ): void {
    if (url.endsWith('/selfsubjectaccessreviews')) return this.#review(body, response)
    const target = readTarget(url)
    if (target === undefined || !this.#collections.has(target.collection)) {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('404 page not found\n')
      return
    }
    const verb = verbOf(method, target)
    if (!this.allows(verb, target))
      throw new FakeFailure(
        403,
        'Forbidden',
        `${target.resource} is forbidden: User "fake" cannot ${verb} resource "${target.resource}"`,
      )
    if (verb === 'watch') return this.#watch(target, response)
    if (verb === 'list') return send(response, 200, this.#list(target))
    send(response, method === 'POST' ? 201 : 200, this.#one(method, target, body as FakeObject))
  }

  #one(method: string, target: FakeTarget, body: FakeObject): unknown {
    const { collection, namespace, name = '', subresource } = target
    const key = `${namespace ?? ''}/${name}`
    switch (method) {
      case 'POST':
        return this.store.create(collection, {
          ...body,
          metadata: { ...body.metadata, ...(namespace === undefined ? {} : { namespace }) },
        })
      case 'PUT':
      case 'PATCH': {
        const before = this.store.get(collection, key)
        const given = (method === 'PUT' ? body : mergePatch(before, body)) as FakeObject
        const resourceVersion = body.metadata?.resourceVersion
        const metadata = { ...given.metadata, ...(namespace === undefined ? {} : { namespace }) }
        if (resourceVersion === undefined) delete metadata.resourceVersion
        // The status is written by itself, and nothing else with it.
        const { status } = subresource === 'status' ? given : before
        const after = subresource === 'status' ? { ...before, metadata } : { ...given, metadata }
        return this.store.replace(collection, status === undefined ? after : { ...after, status })
      }
      case 'DELETE':
        this.store.delete(collection, key)
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
      default:
        return this.store.get(collection, key)
    }
  }

  #list(target: FakeTarget): unknown {
    const { collection, query, resource } = target
    const [version = '', start = '0'] = (query.get('continue') ?? '').split(':')
    const at = version === '' ? this.store.version : Number(version)
    if (this.store.isForgotten(at))
      throw new FakeFailure(
        410,
        'Expired',
        'The provided continue parameter is too old to display a consistent list result',
      )
    const selected = this.store.list(collection).filter((object) => isSelected(object, target))
    const from = Number(start)
    const limit = Number(query.get('limit') ?? selected.length)
    const items = selected.slice(from, from + limit)
    const next =
      from + limit < selected.length && limit > 0
        ? { continue: `${at}:${from + limit}`, remainingItemCount: selected.length - from - limit }
        : {}
    return {
      kind: `${resource}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: String(at), ...next },
      items,
    }
  }

  #watch(target: FakeTarget, response: ServerResponse): void {
    const from = Number(target.query.get('resourceVersion') ?? '0')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const watch: FakeWatch = { target, response, timer: undefined }
    if (this.store.isForgotten(from)) {
      const message = `too old resource version: ${from} (${this.store.version})`
      this.#tell(watch, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message } })
      response.end()
      return
    }
    for (const { type, collection, object } of this.store.since(from))
      if (collection === target.collection && isSelected(object, target)) this.#tell(watch, { type, object })
    const seconds = target.query.get('timeoutSeconds')
    if (seconds !== null) watch.timer = setTimeout(() => response.end(), Number(seconds) * 1000).unref()
    this.#open.add(watch)
    response.on('close', () => {
      clearTimeout(watch.timer)
      this.#open.delete(watch)
      this.#wake()
    })
  }

  #review(body: unknown, response: ServerResponse): void {
    const { spec } = body as {
      spec: { resourceAttributes: { verb: string; resource: string; namespace?: string } }
    }
    const { verb, resource, namespace } = spec.resourceAttributes
    send(response, 201, {
      ...(body as object),
      status: { allowed: this.allows(verb, { resource, namespace }) },
    })
  }

  #tell({ response }: FakeWatch, event: unknown): void {
    if (this.watches === 'served') response.write(`${JSON.stringify(event)}\n`)
  }

  #wake(): void {
    for (const { isDone, resolve } of this.#waiting) if (isDone()) resolve()
    this.#waiting = this.#waiting.filter(({ isDone }) => !isDone())
  }
}

function verbOf(method: string, { name, query }: FakeTarget): string {
  if (method !== 'GET') return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? 'delete'
  if (query.get('watch') === '1' || query.get('watch') === 'true') return 'watch'
  return name === undefined ? 'list' : 'get'
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}
