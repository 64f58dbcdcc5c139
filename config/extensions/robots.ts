import type { FastifyPluginAsync } from 'fastify'
import plugin from 'fastify-plugin'

/** Refuses user agents whose name begins with one of a list. */
const robots: FastifyPluginAsync<{ readonly refuse: readonly string[] }> = async (app, { refuse }) => {
  app.addHook('onRequest', async (request, reply) => {
    const agent = request.headers['user-agent'] ?? ''
    if (refuse.some((name) => agent.startsWith(name))) return reply.code(403).send({ error: 'no robots' })
  })
}

export default plugin(robots)
