import type { TSchema } from 'typebox'
import {
  clustersSchema,
  explainBodySchema,
  explainQuerySchema,
  explanationSchema,
  healthSchema,
  modelSchema,
  problemsSchema,
  readinessSchema,
  sourcesSchema,
  versionSchema,
  workersSchema,
} from './schemas.ts'

export type OperationId =
  | 'home'
  | 'health'
  | 'readiness'
  | 'metrics'
  | 'model'
  | 'problems'
  | 'explain'
  | 'explainRequest'
  | 'clusters'
  | 'workers'
  | 'sources'
  | 'version'
  | 'openapi'

/** What is known of one endpoint: routing, checking, OpenAPI and the human page come from it. */
export interface EndpointFacts {
  readonly id: OperationId
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly query: TSchema | undefined
  readonly body: TSchema | undefined
  /** A schema when the answer is JSON, else its media type. */
  readonly answer: TSchema | 'text/html' | 'text/plain' | 'application/json'
  /** Statuses that the endpoint itself may give besides 200. */
  readonly otherStatuses: readonly number[]
}

/** Every endpoint of the admin address. */
export const endpoints: readonly EndpointFacts[] = [
  get('home', '/', 'This list, for people', 'text/html'),
  get('health', '/healthz', 'Whether the process is alive', healthSchema),
  get(
    'readiness',
    '/readyz',
    'Whether traffic may be sent here, and what is missing',
    readinessSchema,
    [503],
  ),
  get('metrics', '/metrics', 'Metrics of all processes, for Prometheus', 'text/plain'),
  get('model', '/api/model', 'The configuration in force, in canonical form', modelSchema, [503]),
  get(
    'problems',
    '/api/problems',
    'What is wrong in the configuration last read, or cannot start',
    problemsSchema,
  ),
  {
    ...get(
      'explain',
      '/api/explain',
      'What would happen to a request, and why',
      explanationSchema,
      [400, 503],
    ),
    query: explainQuerySchema,
  },
  {
    ...get('explainRequest', '/api/explain', 'The same, for any headers', explanationSchema, [400, 415, 503]),
    method: 'POST',
    body: explainBodySchema,
  },
  get('clusters', '/api/clusters', 'Endpoints, their health and live counts, by worker', clustersSchema),
  get('workers', '/api/workers', 'Traffic processes; SIGTERM to one has it replaced', workersSchema),
  get(
    'sources',
    '/api/sources',
    'Where configuration comes from besides files, and how that stands',
    sourcesSchema,
  ),
  get('version', '/api/version', 'Versions of Tidegate and of its Node', versionSchema),
  get('openapi', '/api/openapi.json', 'The OpenAPI description of these endpoints', 'application/json'),
]

/** What a health address serves: these, and the third when asked. */
export const healthEndpoints: readonly OperationId[] = ['health', 'readiness', 'metrics']

function get(
  id: OperationId,
  path: string,
  summary: string,
  answer: EndpointFacts['answer'],
  otherStatuses: readonly number[] = [],
): EndpointFacts {
  return { id, method: 'GET', path, summary, query: undefined, body: undefined, answer, otherStatuses }
}
