import type { FastifyInstance } from 'fastify'
import type { SocketAddress } from '../model/listener.ts'
import type { Ms } from '../std/units.ts'
import type { AdminDeps } from './admin-deps.ts'
import { type AdminListenSettings, checkAdminSettings, isLoopbackHost } from './admin-settings.ts'
import { type EndpointFacts, endpoints, healthEndpoints } from './endpoints.ts'
import { isOwnHost, tokenCheck } from './guard.ts'
import { handlersOf } from './handlers.ts'
import { listenOn } from './listening.ts'
import { newApp } from './new-app.ts'
import { sendProblem } from './problem-details.ts'

/** A small server beside the traffic. */
export interface AdminServer extends AsyncDisposable {
  /**
   * Listens, and tells where: with port 0 that is only known then.
   *
   * @throws what listening throws, and when a name that should be loopback is not.
   */
  start(): Promise<SocketAddress>
  /** Answers what was asked, for at most a second; then everything is closed. */
  close(): Promise<void>
}

/** Answers under way may take this long when the server closes. */
const closeTimeout: Ms = 1000

/**
 * The admin address: what runs, how it is, why. Reading only.
 *
 * @throws {Error} when these settings would open it to others without a token; see `checkAdminSettings`.
 */
export function createAdmin(deps: AdminDeps, settings: AdminListenSettings): AdminServer {
  const refusal = checkAdminSettings(settings)
  if (refusal !== undefined) throw new Error(refusal)

  const app = newApp((error) => deps.onError(error))
  guardHost(app, settings.address)
  if (settings.token !== undefined) guardToken(app, tokenCheck(settings.token))
  addEndpoints(app, endpoints, deps, settings.token === undefined ? 'none' : 'token')
  return serverOf(app, async () => {
    const bound = await listenOn(app, settings.address)
    if (settings.token === undefined && bound.kind === 'tcp' && !isLoopbackHost(bound.host)) {
      await app.close()
      throw new Error(`admin.address: the name is "${bound.host}", which other hosts reach: set admin.token`)
    }
    return bound
  })
}

/** What a health address answers from, and whether it shows metrics. */
export interface HealthSettings {
  readonly address: SocketAddress
  readonly metrics: 'on' | 'off'
}

/**
 * The open address for probes: `/healthz`, `/readyz`, `/metrics` if asked, nothing else. It asks for no token and takes
 * any Host, for a prober may use any name.
 */
export function createHealth(deps: AdminDeps, settings: HealthSettings): AdminServer {
  const app = newApp((error) => deps.onError(error))
  const shown = endpoints.filter(
    ({ id }) => healthEndpoints.includes(id) && (id !== 'metrics' || settings.metrics === 'on'),
  )
  addEndpoints(app, shown, deps, 'none')
  return serverOf(app, () => listenOn(app, settings.address))
}

function guardHost(app: FastifyInstance, address: SocketAddress): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { host } = request.raw.headers
    if (isOwnHost(host, address, request.raw.socket.localAddress)) return done()
    sendProblem(reply, 421, 'this host name is not served here: use the address that admin.address has')
  })
}

function guardToken(app: FastifyInstance, isRight: (field: string | undefined) => boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (isRight(request.raw.headers.authorization)) return done()
    reply.header('www-authenticate', 'Bearer realm="tidegate admin"')
    sendProblem(reply, 401, 'the token is missing or wrong: send "authorization: Bearer TOKEN"')
  })
}

function addEndpoints(
  app: FastifyInstance,
  facts: readonly EndpointFacts[],
  deps: AdminDeps,
  security: 'none' | 'token',
): void {
  const handlers = handlersOf(deps, security)
  for (const { id, method, path, query, body } of facts) {
    const schema = {
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    }
    app.route({ method, url: path, schema, handler: handlers[id] })
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = facts.filter((known) => known.path === path).map(({ method }) => method)
    if (allowed.length === 0)
      return sendProblem(reply, 404, 'there is no such endpoint: / lists what there is')
    reply.header('allow', allowed.includes('GET') ? [...allowed, 'HEAD'].join(', ') : allowed.join(', '))
    return sendProblem(reply, 405, `this endpoint is asked by ${allowed.join(' or ')}`)
  })
}

function serverOf(app: FastifyInstance, start: () => Promise<SocketAddress>): AdminServer {
  const close = async (): Promise<void> => {
    const timer = setTimeout(() => app.server.closeAllConnections(), closeTimeout)
    await app.close()
    clearTimeout(timer)
  }
  return { start, close, [Symbol.asyncDispose]: close }
}
