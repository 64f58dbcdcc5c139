import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AdminDeps, SourcesStatus } from './admin-deps.ts'
import type { OperationId } from './endpoints.ts'
import { type ReadQuery, readBody, readQueryString } from './explain-query.ts'
import { homePage } from './home-page.ts'
import { modelText } from './model-text.ts'
import { openApi } from './openapi.ts'
import { sendProblem } from './problem-details.ts'
import type { ExplainBody, ExplainQueryString } from './schemas.ts'

/** Answers one request; a returned value is sent as JSON. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

/** The content type of Prometheus text, which `prom-client` renders. */
const prometheusText = 'text/plain; version=0.0.4; charset=utf-8'

/** What every endpoint does; thin, for what it shows is made elsewhere. */
export function handlersOf(
  deps: AdminDeps,
  security: 'none' | 'token',
): Readonly<Record<OperationId, Handler>> {
  return {
    home: (_, reply) => reply.type('text/html; charset=utf-8').send(homePage(deps.version(), deps.ready())),
    health: () => ({ status: 'ok' }),
    readiness: (_, reply) => {
      const readiness = deps.ready()
      return reply.code(readiness.ready ? 200 : 503).send(readiness)
    },
    metrics: async (_, reply) => reply.type(prometheusText).send(await deps.metrics()),
    model: (_, reply) => sendModel(deps, reply),
    problems: async () => ({ problems: await deps.problems() }),
    explain: (request, reply) =>
      sendExplanation(deps, readQueryString(request.query as ExplainQueryString), reply),
    explainRequest: (request, reply) => sendExplanation(deps, readBody(request.body as ExplainBody), reply),
    clusters: async () => ({ workers: await deps.clusters() }),
    workers: () => ({ workers: deps.workers() }),
    sources: () => sourcesAnswer(deps.sources()),
    version: () => deps.version(),
    openapi: () => openApi(deps.version().version, security),
  }
}

/** As people read it: times instead of numbers, `null` for what is not known. */
function sourcesAnswer({ sources, isLeader }: SourcesStatus): unknown {
  return {
    sources: sources.map(({ heardAt, ...source }) => ({
      ...source,
      heardAt: heardAt === 0 ? null : new Date(heardAt).toISOString(),
    })),
    isLeader: isLeader ?? null,
  }
}

function sendModel(deps: AdminDeps, reply: FastifyReply): FastifyReply {
  const model = deps.model()
  if (model === undefined) return sendProblem(reply, 503, 'there is no configuration yet: see /api/problems')
  return reply.type('application/json; charset=utf-8').send(Readable.from(modelText(model)))
}

async function sendExplanation(deps: AdminDeps, read: ReadQuery, reply: FastifyReply): Promise<FastifyReply> {
  if (read.kind === 'refused') return sendProblem(reply, 400, read.detail)
  const explanation = await deps.explain(read.query)
  if (explanation === undefined) {
    return sendProblem(reply, 503, 'there is nothing to explain with yet: see /readyz')
  }
  return reply.send(explanation)
}
