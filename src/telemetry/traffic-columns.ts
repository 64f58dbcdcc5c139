import { boundsOf, columnOf, layouts } from './metric-layout.ts'

// Where what traffic counts stands in the rows of its tables.

export const route = {
  width: layouts.route.width,
  requests: columnOf('requests_total'),
  durations: columnOf('request_duration_seconds'),
  bounds: boundsOf('request_duration_seconds'),
  requestBytes: columnOf('request_bytes_total'),
  responseBytes: columnOf('response_bytes_total'),
  rateLimits: columnOf('rate_limit_requests_total'),
  concurrencyLimits: columnOf('concurrency_limit_requests_total'),
} as const

export const cluster = {
  width: layouts.cluster.width,
  requests: columnOf('upstream_requests_total'),
  attempts: columnOf('upstream_attempts_total'),
  latencies: columnOf('upstream_latency_seconds'),
  latencyBounds: boundsOf('upstream_latency_seconds'),
  connects: columnOf('upstream_connects_total'),
  connectFailures: columnOf('upstream_connect_failures_total'),
  connectTimes: columnOf('upstream_connect_duration_seconds'),
  connectBounds: boundsOf('upstream_connect_duration_seconds'),
  reused: columnOf('upstream_reused_connections_total'),
  budgetExhausted: columnOf('upstream_retry_budget_exhausted_total'),
  authVerdicts: columnOf('auth_verdicts_total'),
  reusedVerdicts: columnOf('auth_verdicts_reused_total'),
  /** The six gauges stand together, in the order of `ClusterGauges`. */
  gauges: columnOf('upstream_endpoints'),
} as const

export const listener = {
  width: layouts.listener.width,
  accepted: columnOf('connections_accepted_total'),
  closed: columnOf('connections_closed_total'),
  active: columnOf('connections_active'),
  tunnels: columnOf('tunnels_total'),
  tunnelReceived: columnOf('tunnel_received_bytes_total'),
  tunnelSent: columnOf('tunnel_sent_bytes_total'),
} as const

export const whole = {
  localResponses: columnOf('local_responses_total'),
  protocolFaults: columnOf('protocol_faults_total'),
  upgrades: columnOf('upgrades_total'),
  upgraded: columnOf('upgraded_connections'),
  retries: columnOf('retries_total'),
  keyFetches: columnOf('key_fetches_total'),
  droppedFields: columnOf('dropped_fields_total'),
  logLinesDropped: columnOf('log_lines_dropped_total'),
  overflow: columnOf('metric_series_overflow_total'),
} as const
