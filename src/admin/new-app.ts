import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { sendProblem } from './problem-details.ts'

/** Nobody asks anything longer here. */
const bodyLimit = 64 * 1024
const headLimit = 16 * 1024
const patience = 10_000

/** On every answer: it is not to be kept, sniffed, framed, or read by another site. No CORS header is ever sent. */
const safetyFields = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** A Fastify instance with what all our servers share: limits, safe fields, refusals as problem details. */
export function newApp(onError: (error: unknown) => void): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit,
    requestTimeout: patience,
    connectionTimeout: patience * 3,
    keepAliveTimeout: patience,
    http: { maxHeaderSize: headLimit },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: (error, _, reply) => {
      refuse(reply.headers(safetyFields), error, onError)
    },
  })
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', (_, reply, done) => {
    reply.headers(safetyFields)
    done()
  })
  app.setErrorHandler((error: FastifyError, _, reply) => refuse(reply, error, onError))
  return app
}

/** Mistakes of the client are explained to it; ours are not. */
function refuse(reply: FastifyReply, error: FastifyError, onError: (error: unknown) => void): FastifyReply {
  const status = error.validation === undefined ? (error.statusCode ?? 500) : 400
  if (status < 500) return sendProblem(reply, status, error.message)
  onError(error)
  return sendProblem(reply, 500, 'a mistake of the gateway itself: see its log')
}
