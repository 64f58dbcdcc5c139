import type { LimitCounters, StoreErrorKind } from '../limits/limiter.ts'
import { concurrencyVerdicts, limitVerdicts } from '../model/limit-verdict.ts'
import { counter, type MetricFact } from './metric-fact.ts'

/** What limits make of the requests of a route. */
export const routeLimitFacts: readonly MetricFact[] = [
  counter(
    'route',
    'rate_limit_requests_total',
    'Requests that came to rate limits of the route. `exempt`: no rule applied. Counted besides: `shadow`: one in shadow would have refused it; `bad_cost`: its response said a cost that is no number, or above the most.',
    { label: 'verdict', values: limitVerdicts },
  ),
  counter(
    'route',
    'concurrency_limit_requests_total',
    'Requests that came to a limit of concurrency of the route, once for each. `exempt`: it did not apply. Counted besides: `shadow`: one in shadow would have refused it.',
    { label: 'verdict', values: concurrencyVerdicts },
  ),
]

/** Who decided, by the name of its counter and as its label says it. */
export const limitDeciders = [
  { of: 'store', label: 'store' },
  { of: 'denyCache', label: 'deny_cache' },
  { of: 'local', label: 'local' },
  { of: 'nobody', label: 'nobody' },
  { of: 'unavailable', label: 'unavailable' },
] as const satisfies readonly { of: keyof LimitCounters['decisions']; label: string }[]

export const storeErrorKinds = [
  'timeout',
  'connection',
  'loading',
  'readonly',
  'auth',
  'memory',
  'moving',
  'other',
] as const satisfies readonly StoreErrorKind[]

/** What the limiters of all processes say. */
export const limitFacts: readonly MetricFact[] = [
  {
    ...processFact('counter', 'rate_limit_decisions_total'),
    help: 'Questions about rate limits, by who decided: the store; its denials that were remembered; this process; nobody, or nobody and so refused, for the store was away.',
    split: { label: 'by', values: limitDeciders.map(({ label }) => label) },
  },
  {
    ...processFact('counter', 'rate_limit_store_errors_total'),
    help: 'Questions that the Redis of rate limits did not answer, each for one request or many.',
    split: { label: 'error', values: storeErrorKinds },
  },
  {
    ...processFact('counter', 'rate_limit_store_transitions_total'),
    help: 'How often a server of the Redis of rate limits went or came, as processes saw it.',
  },
  {
    ...processFact('gauge', 'rate_limit_store_down'),
    help: 'Processes that do without the Redis of rate limits, as it does not answer; of a Cluster, no node of it.',
  },
  {
    ...processFact('gauge', 'rate_limit_store_nodes_down'),
    help: 'Servers of the Redis of rate limits that do not answer, as processes see it: more than one each only of a Cluster.',
  },
  {
    ...processFact('counter', 'rate_limit_refunds_total'),
    help: 'Shares that were given back what they gave: in a Redis Cluster, another rule of the request refused it.',
  },
  {
    ...processFact('gauge', 'rate_limit_replicas'),
    help: 'Gateways that share the Redis of rate limits, as configured or counted by heartbeats; 0 without a Redis.',
  },
  {
    ...processFact('gauge', 'rate_limit_subjects'),
    help: 'Clients and keys whose counts or denials are in memory.',
  },
  {
    ...processFact('gauge', 'concurrency_limit_requests_active'),
    help: 'Requests in flight that limits of concurrency count, once for each limit.',
  },
]

function processFact(type: 'counter' | 'gauge', name: string): Omit<MetricFact, 'help'> {
  const rest = { combine: 'sum', split: undefined, buckets: [], scale: 1 } as const
  return { table: 'process', type, name: `tidegate_${name}`, ...rest }
}
