import type { LimitCounters, StoreErrorKind } from '../limits/limiter.ts'
import { replicaOrigins } from '../limits/replicas/replica-origins.ts'
import { concurrencyVerdicts, limitVerdicts } from '../model/limit-verdict.ts'
import { counter, gauge, type MetricFact } from './metric-fact.ts'

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
  'script',
  'other',
] as const satisfies readonly StoreErrorKind[]

/** What the limiters of all processes say. */
export const limitFacts: readonly MetricFact[] = [
  counter(
    'process',
    'rate_limit_decisions_total',
    'Questions about rate limits, by who decided: the store; its denials that were remembered; this process; nobody, or nobody and so refused, for the store was away.',
    { label: 'by', values: limitDeciders.map(({ label }) => label) },
  ),
  counter(
    'process',
    'rate_limit_store_errors_total',
    'Questions that the Redis of rate limits did not answer, each for one request or many.',
    { label: 'error', values: storeErrorKinds },
  ),
  counter(
    'process',
    'rate_limit_store_transitions_total',
    'How often a server of the Redis of rate limits went or came, as processes saw it.',
  ),
  gauge(
    'process',
    'rate_limit_store_down',
    'Processes that do without the Redis of rate limits, as it does not answer; of a Cluster, no node of it.',
    'sum',
  ),
  gauge(
    'process',
    'rate_limit_store_nodes_down',
    'Servers of the Redis of rate limits that do not answer, as processes see it: more than one each only of a Cluster.',
    'sum',
  ),
  counter(
    'process',
    'rate_limit_refunds_total',
    'Shares that were given back what they gave: in a Redis Cluster, another rule of the request refused it.',
  ),
  counter(
    'process',
    'rate_limit_untold_total',
    'Shares that were not told what a response cost, or what they are given back, as their server of the Redis of rate limits was not asked.',
  ),
  gauge(
    'process',
    'rate_limit_replicas',
    'Gateways that share the Redis of rate limits, in the series that says from where it is known; 0 in the others. `service`: the ready endpoints of our own Service, until Redis has answered; `assumed`: nobody has told, and it is 1.',
    'sum',
    { label: 'from', values: replicaOrigins },
  ),
  gauge('process', 'rate_limit_subjects', 'Clients and keys whose counts or denials are in memory.', 'sum'),
  gauge(
    'process',
    'concurrency_limit_requests_active',
    'Requests in flight that limits of concurrency count, once for each limit.',
    'sum',
  ),
]
