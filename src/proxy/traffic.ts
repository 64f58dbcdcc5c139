import type { Observer } from '../model/outcome.ts'
import type { Reason } from '../model/reasons.ts'
import type { RoutingTable } from '../routing/table.ts'
import type { Clock } from '../std/clock.ts'
import type { TimerWheel } from '../std/timer-wheel.ts'
import type { TrafficMetrics } from '../telemetry/traffic-metrics.ts'
import type { Materials } from '../tls/materials.ts'
import type { Registry } from '../upstream/registry.ts'
import type { Exchange } from './exchange.ts'
import type { RequestIds } from './request-ids.ts'
import type { RouteRuntime } from './route-runtime.ts'
import type { HandshakePace } from './tls/handshake-pace.ts'
import type { UpstreamDeps } from './upstream-deps.ts'

/** What is decided: replaced as a whole, in one statement. A request takes it once and keeps what it took. */
export interface Snapshot {
  /** Hash of the model it was compiled from; `""` before the first. */
  readonly hash: string
  readonly table: RoutingTable<RouteRuntime>
}

/** The counts of the traffic half; each call is a few instructions. Rows come from configuration, never from a request. */
export type TrafficCounters = Pick<
  TrafficMetrics,
  | 'connectionAccepted'
  | 'connectionClosed'
  | 'tunnelReceived'
  | 'tunnelSent'
  | 'tunnelEnded'
  | 'protocolFault'
  | 'fieldsDropped'
  | 'upstreamConnected'
  | 'upstreamConnectFailed'
  | 'upstreamReused'
  | 'retried'
  | 'retryBudgetExhausted'
  | 'keysFetched'
  | 'upgradeOpened'
  | 'upgradeClosed'
  | 'rateLimited'
  | 'authDecided'
  | 'verdictReused'
  | 'concurrencyLimited'
  | 'compressed'
  | 'routeSeries'
  | 'clusterSeries'
  | 'listenerSeries'
  | 'retireRoute'
  | 'retireCluster'
  | 'retireListener'
>

/** A connection that ended before its protocol was known. */
export interface RefusedConnection {
  readonly listener: string
  /** `""` when a PROXY header should have told it. */
  readonly peerAddress: string
  readonly reason: Reason
  readonly detail: string
}

/** What one traffic process shares between its connections and requests. */
export interface Traffic {
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly random: () => number
  readonly ids: RequestIds
  readonly observer: Observer
  readonly counters: TrafficCounters
  readonly registry: Registry
  readonly materials: Materials
  readonly handshakes: HandshakePace
  readonly onRefused: (refused: RefusedConnection) => void
  /** A server name of a listener is refused, because something that its TLS needs cannot be used. */
  readonly onTlsUnavailable: (listener: string, error: unknown) => void
  readonly upstreamDeps: UpstreamDeps
  /** Told of a mistake of ours: the exchange it hit is answered with 500 and the connection closed. */
  readonly onDefect: (error: unknown, requestId: string) => void
  snapshot: Snapshot
  /** From the first sign of shutdown on: answers carry `connection: close`. */
  draining: boolean
  /** Exchanges that have left HTTP and go on as bytes. */
  readonly tunnels: Set<Exchange>
  /** Requests in flight. */
  requests: number
  /** Connections accepted since the start. */
  accepted: number
  /** No further connection may be taken. */
  readonly isFull: () => boolean
}
