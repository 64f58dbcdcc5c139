import type { Cluster } from './cluster.ts'
import type { DnsDiscovery } from './dns/discovery.ts'
import type { Endpoint, EndpointState } from './endpoint.ts'
import type { DnsState } from './events.ts'

/** A cluster as `/api/clusters` shows it; JSON-able. Counts are of this process. */
export interface ClusterStatus {
  readonly id: string
  readonly balance: string
  readonly activeRequests: number
  readonly connections: number
  readonly pending: number
  readonly activeRetries: number
  /** Priorities that use endpoints whether or not they are usable, because too few are. */
  readonly panic: readonly number[]
  /** `null` when it has no name to look up. */
  readonly dns: DnsStatus | null
  readonly endpoints: readonly EndpointStatus[]
}

export interface DnsStatus {
  readonly host: string
  readonly state: DnsState
  readonly addresses: number
  /** Since the last good answer, in ms; `null` when there never was one. */
  readonly ageMs: number | null
  /** What the last question that failed said; `""` when the last one was answered. */
  readonly lastError: string
}

export interface EndpointStatus {
  readonly key: string
  readonly weight: number
  /** Smaller than `weight` during slow start. */
  readonly effectiveWeight: number
  readonly priority: number
  readonly state: EndpointState
  /** What led to the state; `""` when nothing ever happened. */
  readonly cause: string
  /** Milliseconds since 1970; `null` when it is not ejected. */
  readonly ejectedUntil: number | null
  readonly consecutiveFailures: number
  readonly active: number
  readonly connections: number
  readonly idle: number
  /** How long a connection may be idle, as learned, in ms. */
  readonly idleLimitMs: number
  /** Peak-EWMA latency in ms; 0 when nothing was measured. */
  readonly ewmaMs: number
}

/** Describes a cluster; what it keeps to itself is passed in. */
export function clusterStatus(
  cluster: Cluster,
  own: {
    readonly retries: number
    readonly panic: readonly number[]
    readonly dns: DnsDiscovery | undefined
  },
): ClusterStatus {
  const now = cluster.clock.now()
  const wall = cluster.clock.wall()
  return {
    id: cluster.id,
    balance: cluster.spec.balance.kind,
    activeRequests: cluster.activeRequests,
    connections: cluster.connections,
    pending: cluster.pending,
    activeRetries: own.retries,
    panic: own.panic,
    dns: own.dns === undefined ? null : dnsStatus(own.dns, now),
    endpoints: cluster.endpoints.map((endpoint) => endpointStatus(endpoint, now, wall)),
  }
}

function dnsStatus(dns: DnsDiscovery, now: number): DnsStatus {
  return {
    host: dns.spec.host,
    state: dns.state,
    addresses: dns.addresses.length,
    ageMs: dns.answeredAt === undefined ? null : Math.round(now - dns.answeredAt),
    lastError: dns.lastError,
  }
}

function endpointStatus(endpoint: Endpoint, now: number, wall: number): EndpointStatus {
  const { ejection } = endpoint
  return {
    key: endpoint.key,
    weight: endpoint.weight,
    effectiveWeight: endpoint.effectiveWeight,
    priority: endpoint.priority,
    state: endpoint.state,
    cause: endpoint.cause,
    ejectedUntil: ejection.phase === 'ejected' ? Math.round(wall + ejection.until - now) : null,
    consecutiveFailures: ejection.failures,
    active: endpoint.active,
    connections: endpoint.connections,
    idle: endpoint.idle,
    idleLimitMs: Math.round(endpoint.idleLimit(now)),
    ewmaMs: Math.round(endpoint.ewma.cost * 1_000) / 1_000,
  }
}
