import type { FastifyInstance } from 'fastify'

/** The least that an extension does: looks at the request, and adds a header to the response. */
export default function extension(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _, done) => {
    request.headers['x-seen'] = 'yes'
    done()
  })
  server.addHook('onSend', (_, reply, payload, done) => {
    reply.header('x-served-by', 'extension')
    done(null, payload)
  })
}
