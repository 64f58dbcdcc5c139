import type {
  Balance,
  Cluster,
  DnsDiscovery,
  EndpointSpec,
  HashKey,
  HealthCheck,
  StickyCookie,
} from '../../model/cluster.ts'
import type { Origin } from '../../model/origin.ts'
import { unreachable } from '../../std/assert.ts'
import type { NativeCluster } from '../schema/cluster.ts'
import type { Materials } from './materials.ts'
import { upstreamTls } from './upstream-tls.ts'

/** A cluster as the model has it, but for its hash. */
export function clusterContent(
  id: string,
  native: NativeCluster,
  origin: Origin,
  materials: Materials,
): Omit<Cluster, 'hash' | 'origin'> {
  const { balance, sticky, ...shape } = clusterShape(native)
  return {
    id,
    endpoints: native.endpoints.map(endpointSpec),
    dns: dnsDiscovery(native.dns),
    balance,
    sticky,
    protocol: native.protocol,
    tls: upstreamTls(native.tls, origin, materials),
    ...shape,
  }
}

/** What a cluster has besides who it is and how it is reached: the part that asks for no files. */
export type ClusterShape = Omit<Cluster, 'id' | 'origin' | 'hash' | 'endpoints' | 'dns' | 'protocol' | 'tls'>

/** That part as the model has it. */
export function clusterShape(
  native: Omit<NativeCluster, 'endpoints' | 'dns' | 'protocol' | 'tls'>,
): ClusterShape {
  const { proxyProtocol, connectTimeout, pool, limits, outlier, slowStart, panicThreshold, host } = native
  return {
    balance: balanceOf(native.balance),
    sticky: stickyCookie(native.sticky),
    proxyProtocol,
    connectTimeout,
    pool,
    limits,
    health: healthCheck(native.health),
    outlier,
    slowStart,
    panicThreshold,
    host,
  }
}

function healthCheck(native: NativeCluster['health']): HealthCheck | undefined {
  if (native === undefined) return undefined
  const { grpc, ...check } = native
  return check.kind === 'grpc' ? { ...check, path: grpc.service } : check
}

function endpointSpec(native: NativeCluster['endpoints'][number]): EndpointSpec {
  return 'kind' in native ? { address: native, weight: 1, priority: 0 } : native
}

function dnsDiscovery(native: NativeCluster['dns']): DnsDiscovery | undefined {
  if (native === undefined) return undefined
  return 'interval' in native ? native : { ...native, interval: 30_000, minimum: 1000 }
}

function balanceOf(native: NativeCluster['balance']): Balance {
  if (typeof native !== 'string') {
    if (native.ewma !== undefined) return { kind: 'ewma', decay: native.ewma.decay }
    return { kind: 'ring-hash', key: hashKey(native['ring-hash']) }
  }
  switch (native) {
    case 'round-robin':
    case 'least-request':
      return { kind: native }
    case 'ewma':
      return { kind: 'ewma', decay: 10_000 }
    case 'ring-hash':
      return { kind: 'ring-hash', key: { kind: 'client-address' } }
  }
}

type NativeHashKey = Exclude<NativeCluster['balance'], string>['ring-hash']

function hashKey(native: NativeHashKey): HashKey {
  if (native === undefined || typeof native === 'string') return { kind: 'client-address' }
  if (native.header !== undefined) return { kind: 'header', name: native.header }
  return native.cookie === undefined
    ? unreachable(native.cookie as never)
    : { kind: 'cookie', name: native.cookie }
}

function stickyCookie(native: NativeCluster['sticky']): StickyCookie | undefined {
  if (native === undefined) return undefined
  const { cookie, path, maxAge, secure, sameSite } = native
  return { name: cookie, path, maxAgeSeconds: Math.floor(maxAge / 1000), secure, sameSite }
}
