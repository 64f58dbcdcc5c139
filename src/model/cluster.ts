import type { Bytes, Ms } from '../std/units.ts'
import type { SocketAddress } from './listener.ts'
import type { Origin } from './origin.ts'
import type { UpstreamTls } from './tls.ts'

/** A set of endpoints reached the same way. */
export interface Cluster {
  readonly id: string
  readonly origin: Origin
  /** Of everything but the static endpoints: they are membership, and change without disturbing anything. */
  readonly hash: string
  readonly endpoints: readonly EndpointSpec[]
  readonly dns: DnsDiscovery | undefined
  /** What its endpoints speak; `h2` is negotiated by ALPN over TLS and known beforehand without. */
  readonly protocol: 'http/1.1' | 'h2'
  readonly tls: UpstreamTls | undefined
  /** A header of the PROXY protocol at the start of each connection; such connections carry one client's requests alone. */
  readonly proxyProtocol: 'off' | 'v1' | 'v2'
  readonly balance: Balance
  readonly sticky: StickyCookie | undefined
  readonly connectTimeout: Ms
  readonly pool: PoolSettings
  readonly limits: ClusterLimits
  readonly health: HealthCheck | undefined
  readonly outlier: OutlierDetection
  /** A new or recovered endpoint gets a growing share over this time; 0 is off. */
  readonly slowStart: Ms
  /** Below this percentage of usable endpoints (of a priority), all are used. */
  readonly panicThreshold: number
  /** Host header sent upstream: the client's (`"pass"`), the endpoint's own (`"endpoint"`), or this text. */
  readonly host: string
}

export interface EndpointSpec {
  readonly address: SocketAddress
  /** Relative, at least 1. */
  readonly weight: number
  /** 0 is used first; the next is used as far as the one before is not healthy. */
  readonly priority: number
}

export interface DnsDiscovery {
  readonly host: string
  readonly port: number
  /** Re-resolved at the answer's TTL, never more often than `minimum`; when no TTL is known, every `interval`. */
  readonly interval: Ms
  readonly minimum: Ms
  /** Addresses of answers that are passed over, when somebody else than the operator chose the name; `undefined` takes all. */
  readonly guard?: AddressGuard
}

/** Blocks of addresses that are refused, but for those that are allowed. */
export interface AddressGuard {
  readonly refused: readonly string[]
  readonly allowed: readonly string[]
}

export type Balance =
  | { readonly kind: 'round-robin' }
  | { readonly kind: 'least-request' }
  | { readonly kind: 'ewma'; readonly decay: Ms }
  | { readonly kind: 'ring-hash'; readonly key: HashKey }

export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'client-address' }

/** A cookie that keeps a client on its endpoint; its value is an opaque digest of cluster and endpoint, the same in every worker and replica. */
export interface StickyCookie {
  readonly name: string
  readonly path: string
  /** Seconds; 0 makes a session cookie. */
  readonly maxAgeSeconds: number
  readonly secure: 'on' | 'off'
  readonly sameSite: 'Strict' | 'Lax' | 'None'
}

export interface PoolSettings {
  /** An unused connection is closed after this; 4 s to start with, learned downwards. */
  readonly idle: Ms
  readonly age: Ms
  /** Idle connections kept per endpoint. */
  readonly idleConnections: number
}

/** Per cluster and worker; 0 is no limit. */
export interface ClusterLimits {
  readonly connections: number
  readonly pending: number
  readonly requests: number
  /** Concurrent streams of one HTTP/2 connection; the endpoint's own limit holds beside it. */
  readonly streams: number
}

export interface HealthCheck {
  /** `grpc` asks `grpc.health.v1.Health/Check`; `path` is then the service, `""` for the whole server. */
  readonly kind: 'http' | 'tcp' | 'grpc'
  readonly path: string
  readonly host: string
  /** Statuses that mean healthy; empty means 200–399. */
  readonly statuses: readonly number[]
  readonly interval: Ms
  readonly timeout: Ms
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

/** Passive ejection. `consecutiveFailures` 0 switches it off. */
export interface OutlierDetection {
  readonly consecutiveFailures: number
  readonly baseEjection: Ms
  readonly maxEjection: Ms
  readonly maxEjectedPercent: number
}

/** How much of a body may be kept for a second attempt. */
export const replayBytes: Bytes = 64 * 1024
