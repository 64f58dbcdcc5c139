import { STATUS_CODES } from 'node:http'
import type { TSchema } from 'typebox'
import { type EndpointFacts, endpoints } from './endpoints.ts'
import { problemDetailsSchema } from './schemas.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 description of the admin address. `security` says whether it wants a token. */
export function openApi(version: string, security: 'none' | 'token'): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidegate admin',
      description: 'What the gateway runs, how it is, and why it does what it does. Read only.',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: pathsOf(security),
    components: {
      schemas: { ProblemDetails: plain(problemDetailsSchema) },
      ...(security === 'token' ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {}),
    },
    security: security === 'token' ? [{ token: [] }] : [],
  }
}

function pathsOf(security: 'none' | 'token'): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const facts of endpoints) {
    paths[facts.path] = { ...paths[facts.path], [facts.method.toLowerCase()]: operationOf(facts, security) }
  }
  return paths
}

function operationOf(facts: EndpointFacts, security: 'none' | 'token'): Json {
  return {
    operationId: facts.id,
    summary: facts.summary,
    ...(facts.query === undefined ? {} : { parameters: parametersOf(facts.query) }),
    ...(facts.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: plain(facts.body) } } } }),
    responses: { 200: answerOf(facts), ...refusalsOf(facts, security) },
  }
}

function parametersOf(query: TSchema): readonly Json[] {
  const { properties, required = [] } = plain(query) as {
    readonly properties: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description: schema['description'] ?? name,
    schema,
  }))
}

function answerOf({ summary, answer }: EndpointFacts): Json {
  const content =
    typeof answer === 'string'
      ? { [answer]: { schema: { type: answer === 'application/json' ? 'object' : 'string' } } }
      : { 'application/json': { schema: plain(answer) } }
  return { description: summary, content }
}

/** 421 is for a Host that is not ours; 503 of readiness has the same body as 200. */
function refusalsOf(facts: EndpointFacts, security: 'none' | 'token'): Json {
  const statuses = [...facts.otherStatuses, ...(security === 'token' ? [401] : []), 421]
  return Object.fromEntries(
    statuses.map((status) => {
      const schema = { $ref: '#/components/schemas/ProblemDetails' }
      const refusal = {
        description: STATUS_CODES[status],
        content: { 'application/problem+json': { schema } },
      }
      const isReadiness = facts.id === 'readiness' && status === 503
      return [status, isReadiness ? { ...answerOf(facts), description: 'Not ready' } : refusal]
    }),
  )
}

/** TypeBox schemas are JSON Schema plus marks that do not belong into JSON. */
function plain(schema: TSchema): Json {
  return JSON.parse(JSON.stringify(schema)) as Json
}
