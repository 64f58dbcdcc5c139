import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createH2c, type Http2Server } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import { WebSocketServer } from 'ws'
import type { MadeCertificate } from '../certificates.ts'

/** What a pod answers: how the request looked to it, and who it is. */
export interface Echo {
  /** With its query. */
  readonly path: string
  readonly host: string
  readonly method: string
  /** `HTTP/1.1`. */
  readonly proto: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly namespace: string
  readonly ingress: string
  readonly service: string
  readonly pod: string
  /** The port of the pod that the request came to. */
  readonly port: number
}

/** Who a pod is. */
export type PodIdentity = Pick<Echo, 'namespace' | 'ingress' | 'service' | 'pod'>

/** What a pod speaks; `http` takes websockets too. */
export type Speaks = 'http' | 'h2c' | { readonly kind: 'https'; readonly certificate: MadeCertificate }

/** Answers in place of the echo. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * A server on a pod address that says what it was asked; one for each port of its container. `/health` is 200, `?status=503` asks for
 * a status. Websockets get every message back.
 */
export class EchoPod implements AsyncDisposable {
  readonly address: string
  readonly identity: PodIdentity
  /** Replaces the echo while it is set. */
  handler: Handler | undefined
  /** Requests that came. */
  requests = 0
  readonly #servers: (Server | Http2Server)[] = []
  readonly #closing: (() => void)[] = []

  private constructor(address: string, identity: PodIdentity) {
    this.address = address
    this.identity = identity
  }

  static async start(
    address: string,
    identity: PodIdentity,
    { ports, speaks = 'http' }: { readonly ports: readonly number[]; readonly speaks?: Speaks },
  ): Promise<EchoPod> {
    const pod = new EchoPod(address, identity)
    for (const port of new Set(ports)) await pod.#listen(port, speaks)
    return pod
  }

  /** Ends it at once, with all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = this.#servers.splice(0)
    const gone = servers.map((server) => once(server, 'close'))
    for (const server of servers) server.close()
    for (const close of this.#closing.splice(0)) close()
    await Promise.all(gone)
  }

  async #listen(port: number, speaks: Speaks): Promise<void> {
    const server = this.#serverFor(speaks, (request, response) => this.#serve(port, request, response))
    server.listen(port, this.address)
    await once(server, 'listening')
    this.#servers.push(server)
  }

  #serverFor(speaks: Speaks, handler: Handler): Server | Http2Server {
    if (speaks === 'h2c') {
      const server = createH2c((request, response) =>
        handler(request as unknown as IncomingMessage, response as unknown as ServerResponse),
      )
      server.on('session', (session) => this.#closing.push(() => session.destroy()))
      return server
    }
    const options = { keepAliveTimeout: 300_000 }
    const server =
      speaks === 'http'
        ? createServer(options, handler)
        : createHttps({ ...options, cert: speaks.certificate.pem, key: speaks.certificate.keyPem }, handler)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => {
      this.requests++
      socket.on('error', () => {})
      socket.on('message', (data, binary) => socket.send(data, { binary }))
    })
    this.#closing.push(() => {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
    })
    return server
  }

  #serve(port: number, request: IncomingMessage, response: ServerResponse): void {
    this.requests++
    if (this.handler !== undefined) {
      this.handler(request, response)
      return
    }
    const url = request.url ?? '/'
    if (url === '/health') {
      response.end()
      return
    }
    request.resume()
    const status = Number(/[?&]status=(\d+)/.exec(url)?.[1] ?? 200)
    const body = JSON.stringify(this.#echo(port, request))
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  }

  #echo(port: number, request: IncomingMessage): Echo {
    const headers: Record<string, string[]> = {}
    for (const [name, value] of Object.entries(request.headers)) {
      if (!name.startsWith(':')) headers[name] = [value ?? ''].flat()
    }
    return {
      path: request.url ?? '',
      host: request.headers.host ?? String(request.headers[':authority'] ?? ''),
      method: request.method ?? '',
      proto: `HTTP/${request.httpVersion}`,
      headers,
      ...this.identity,
      port,
    }
  }
}
