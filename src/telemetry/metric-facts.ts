import { byFetchResult } from '../filters/jwt/fetch-keys.ts'
import { reasons } from '../model/reasons.ts'
import { authFacts } from './auth-facts.ts'
import { connectDurations, durations } from './buckets.ts'
import { compressFacts } from './compress-facts.ts'
import { extensionFacts } from './extension-facts.ts'
import { limitFacts, routeLimitFacts } from './limit-facts.ts'
import { counter, gauge, histogram, type MetricFact, type Split, type TableName } from './metric-fact.ts'

/** 499, the client left, is a 4xx. */
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** Why an attempt was made again: the route's conditions; `reused`: a kept connection turned out to be closed; `refused`: an HTTP/2 stream was not processed. */
export const retryReasons = [
  'connect',
  'reset',
  'timeout',
  'status',
  'grpc-status',
  'reused',
  'refused',
] as const
export type RetryReason = (typeof retryReasons)[number]

/** `complete`: both sides said their end. `failed`: everything else; the reason is in the access log. */
export const tunnelResults = ['complete', 'failed'] as const

/** Tables with as many rows as there are names, so that their number is capped. */
export const growingTables = [
  'route',
  'cluster',
  'listener',
  'grpc_route',
  'grpc_method',
  'compress_route',
] as const
export type GrowingTable = (typeof growingTables)[number]

/** Codes of gRPC; what lies above is no code. */
export const grpcCodes: readonly string[] = [
  ...Array.from({ length: 17 }, (_, code) => String(code)),
  'other',
]

/** The gateway's own log and the access log. */
export const logNames = ['access', 'gateway'] as const

const byClass: Split = { label: 'status_class', values: statusClasses }
const byGrpcStatus: Split = { label: 'grpc_status', values: grpcCodes }
const byReason: Split = { label: 'reason', values: Object.keys(reasons) }

/** Every metric, in the order of exposition and reference. */
export const metricFacts: readonly MetricFact[] = [
  counter('route', 'requests_total', 'Requests that ended.', byClass),
  histogram(
    'route',
    'request_duration_seconds',
    'Time from the first byte of a request to the end.',
    durations,
  ),
  counter('route', 'request_bytes_total', 'Bytes of request bodies received.'),
  counter('route', 'response_bytes_total', 'Bytes of response bodies sent.'),
  ...routeLimitFacts,
  ...compressFacts,

  counter(
    'cluster',
    'upstream_requests_total',
    'Requests that ended after an attempt in the cluster.',
    byClass,
  ),
  counter('cluster', 'upstream_attempts_total', 'Attempts made, first ones and retries.'),
  histogram(
    'cluster',
    'upstream_latency_seconds',
    'Time from the start of the last attempt to the response head of the endpoint.',
    durations,
  ),
  counter('cluster', 'upstream_connects_total', 'Connections made to endpoints.'),
  counter('cluster', 'upstream_connect_failures_total', 'Connections to endpoints that could not be made.'),
  histogram(
    'cluster',
    'upstream_connect_duration_seconds',
    'Time to connect to an endpoint.',
    connectDurations,
  ),
  counter('cluster', 'upstream_reused_connections_total', 'Attempts that took a kept connection.'),
  counter(
    'cluster',
    'upstream_retry_budget_exhausted_total',
    'Retries not made because the budget was spent.',
  ),
  ...authFacts,
  gauge('cluster', 'upstream_endpoints', 'Endpoints of the cluster.', 'max'),
  gauge(
    'cluster',
    'upstream_endpoints_unavailable',
    'Endpoints left out by health checks or ejection, in the worker that leaves out most.',
    'max',
  ),
  gauge('cluster', 'upstream_connections', 'Open connections to endpoints.', 'sum'),
  gauge(
    'cluster',
    'upstream_idle_connections',
    'Open connections to endpoints that carry no request.',
    'sum',
  ),
  gauge('cluster', 'upstream_active_requests', 'Requests in flight to endpoints.', 'sum'),
  gauge('cluster', 'upstream_pending_requests', 'Requests that wait for a connection.', 'sum'),

  counter('grpc_route', 'grpc_responses_total', 'Calls of gRPC that ended, by route.', byGrpcStatus),
  counter(
    'grpc_method',
    'grpc_method_responses_total',
    'Calls of gRPC that ended, by method. The 200 methods that were answered first have names.',
    byGrpcStatus,
  ),

  counter('listener', 'connections_accepted_total', 'Connections accepted.'),
  counter('listener', 'connections_closed_total', 'Connections that ended.'),
  gauge('listener', 'connections_active', 'Open client connections.', 'sum'),
  counter('listener', 'tunnels_total', 'TCP connections handed on that ended.', {
    label: 'result',
    values: tunnelResults,
  }),
  counter('listener', 'tunnel_received_bytes_total', 'Bytes of TCP connections received from clients.'),
  counter('listener', 'tunnel_sent_bytes_total', 'Bytes of TCP connections received from endpoints.'),

  counter(
    'process',
    'local_responses_total',
    'Requests that the gateway answered itself or gave up.',
    byReason,
  ),
  counter('process', 'protocol_faults_total', 'Messages refused because they break the protocol.', byReason),
  counter('process', 'upgrades_total', 'Requests that left HTTP: websockets and other upgrades.'),
  gauge('process', 'upgraded_connections', 'Websockets and other upgrades that are open.', 'sum'),
  counter('process', 'retries_total', 'Attempts made again.', { label: 'reason', values: retryReasons }),
  counter('process', 'key_fetches_total', 'Fetches of JWK sets.', byFetchResult),
  counter(
    'process',
    'dropped_fields_total',
    'Request header fields dropped for an underscore in their name.',
  ),
  counter(
    'process',
    'log_lines_dropped_total',
    'Log lines dropped because they could not be written in time.',
    {
      label: 'log',
      values: logNames,
    },
  ),
  counter(
    'process',
    'metric_series_overflow_total',
    'Names that had to share a series because the cap was reached.',
    {
      label: 'kind',
      values: growingTables,
    },
  ),

  counter('process', 'config_loads_total', 'Attempts to load the configuration.', {
    label: 'result',
    values: ['success', 'failure'],
  }),
  gauge('process', 'config_last_load_successful', '1 when the last attempt to load was good, else 0.', 'max'),
  gauge(
    'process',
    'config_last_success_timestamp_seconds',
    'When the configuration was last loaded well.',
    'max',
  ),
  gauge(
    'process',
    'config_changed_timestamp_seconds',
    'When the running configuration was put in force.',
    'max',
  ),
  gauge(
    'process',
    'config_hash',
    'The first 12 digits of the hash of the running configuration, as a number.',
    'max',
  ),
  gauge('process', 'config_problems', 'Problems found in the configuration last loaded.', 'max', {
    label: 'severity',
    values: ['error', 'warning'],
  }),
  gauge(
    'certificate',
    'certificate_not_after_seconds',
    'When a certificate of the configuration expires, in seconds since 1970; `name` is its first name.',
    'max',
  ),
  gauge('source', 'source_current', 'Whether a source besides files follows its changes: 1, or 0.', 'max'),
  gauge(
    'source',
    'source_heard_timestamp_seconds',
    'When a source heard anything last, a sign of life included, in seconds since 1970.',
    'max',
  ),
  gauge('source', 'source_objects', 'Objects that a source knows.', 'max'),
  counter(
    'source',
    'source_errors_total',
    'Failures of a source: it could not read, or lost its connection.',
  ),
  counter('source', 'source_relists_total', 'How often a source has read everything again.'),
  gauge(
    'process',
    'leader',
    'Whether this replica writes status and events: 1, or 0; 0 too where nobody does.',
    'max',
  ),
  gauge('process', 'workers', 'Running traffic processes.', 'max'),
  counter('process', 'worker_restarts_total', 'Traffic processes replaced after they died.'),

  ...limitFacts,
  ...extensionFacts,
  gauge('process', 'event_loop_delay_mean_seconds', 'Mean event-loop delay since the last scrape.', 'max'),
  gauge('process', 'event_loop_delay_p99_seconds', 'Event-loop delay of 99 % since the last scrape.', 'max'),
  gauge('process', 'event_loop_delay_max_seconds', 'Longest event-loop delay since the last scrape.', 'max'),
  gauge('process', 'open_fds', 'Open file descriptors of the process that has most.', 'max'),
  gauge('process', 'resident_memory_bytes', 'Resident memory of all processes.', 'sum'),
  counter('process', 'cpu_seconds_total', 'CPU time of all processes, user and system.'),
  gauge('process', 'start_timestamp_seconds', 'When the youngest process started.', 'max'),
  gauge('build', 'build_info', '1, with the version of the gateway.', 'max'),
]

/** The labels that a table's row names become, their values separated by a NUL; none for the table of one row. */
export const rowLabels: Readonly<Record<TableName, readonly string[]>> = {
  route: ['route'],
  cluster: ['cluster'],
  listener: ['listener'],
  compress_route: ['route'],
  grpc_route: ['route'],
  grpc_method: ['method'],
  certificate: ['file', 'name'],
  source: ['source'],
  extension: ['extension'],
  build: ['version'],
  process: [],
}

export const tableNames = Object.keys(rowLabels) as readonly TableName[]

/** Something for each table, by its name. */
export function forTables<T>(make: (table: TableName) => T): Readonly<Record<TableName, T>> {
  return Object.fromEntries(tableNames.map((table) => [table, make(table)])) as Record<TableName, T>
}
