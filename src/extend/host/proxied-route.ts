import { METHODS } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callOf } from './call-of.ts'
import { LetThrough } from './let-through.ts'
import { writtenBody } from './write-body.ts'

/** http-proxy wants one; nothing is ever sent there. */
const upstream = 'http://upstream.invalid'

/** What http-proxy hands to a handler of ours. */
type From = NonNullable<Parameters<FastifyReply['from']>[1]>

/**
 * Adds the route that everything goes to which no route of an extension takes: to its cluster, by @fastify/http-proxy.
 *
 * Retries, timeouts and limits of bodies are those of the gateway: reply-from has none. Bodies that no extension reads stay unread.
 */
export async function addProxiedRoute(app: FastifyInstance): Promise<void> {
  const through = new LetThrough()
  // After the extensions: these are decorators too, and some have such names.
  for (const method of METHODS)
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method))
      app.addHttpMethod(method, { hasBody: true })
  await app.register(async (proxied) => {
    passBodies(proxied)
    await proxied.register(httpProxy, {
      upstream,
      undici: through as never,
      httpMethods: app.supportedMethods as never,
      proxyPayloads: false,
      internalRewriteLocationHeader: false,
      disableRequestLogging: true,
      cacheURLs: 1,
      handler(request: FastifyRequest, reply: FastifyReply, _: string, options: From) {
        const call = callOf(request.raw)
        if (call.request.isUpgrade) return upgrade(through, request, reply)
        const body = writtenBody(request)
        const asked = body === undefined ? options : withBody(body, request, options)
        // Its reply is not returned: Fastify would listen for its end.
        through.proxy(call, () => reply.from('/', asked))
      },
      replyOptions: {
        rewriteRequestHeaders: requestHeaders,
        retryDelay: () => null,
        onResponse: sendAnswer as never,
      },
    } as never)
  })
}

/** Leaves bodies as streams, of every type that no extension has a parser for; Fastify's own parsers may be replaced. */
function passBodies(app: FastifyInstance): void {
  for (const type of ['application/json', 'text/plain', '*']) {
    try {
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
    } catch (error) {
      // An extension has one.
      if ((error as { code?: unknown }).code !== 'FST_ERR_CTP_ALREADY_PRESENT') throw error
    }
  }
}

/** Reply-from put its own host in; and it does not see headers that were set by `request.headers = …`. */
function requestHeaders(request: FastifyRequest, headers: Record<string, unknown>): object {
  const { headers: seen, raw } = request
  if (seen !== raw.headers) Object.assign(headers, seen)
  headers['host'] = seen.host
  return headers
}

/** No hook of responses sees that HTTP is left; when it is not, they see the cluster's answer. */
function upgrade(through: LetThrough, request: FastifyRequest, reply: FastifyReply): void {
  through.upgrade(
    callOf(request.raw),
    request.headers,
    () => void reply.hijack(),
    (error, answer) => {
      if (answer === undefined) reply.send(error)
      else reply.code(answer.statusCode).headers(answer.headers).send(answer.body)
    },
  )
}

/** Without a type, reply-from would make JSON of it; with that of JSON too, unless it is told so. */
function withBody(body: string | Uint8Array, request: FastifyRequest, options: From): From {
  return { ...options, body, contentType: request.headers['content-type'] ?? 'application/octet-stream' }
}

/** Sends what came from the cluster; its status and headers are set. */
function sendAnswer(_request: FastifyRequest, reply: FastifyReply, { stream }: { stream: unknown }): void {
  reply.send(stream)
}
