import { byFetchResult } from '../filters/jwt/fetch-keys.ts'
import { type AuthVerdict, authVerdicts, type VerdictReuse, verdictReuses } from '../model/auth-verdict.ts'
import type { ContentCoding } from '../model/filters/compress.ts'
import {
  type ConcurrencyVerdict,
  concurrencyVerdicts,
  type LimitVerdict,
  limitVerdicts,
} from '../model/limit-verdict.ts'
import type { Observer, Outcome } from '../model/outcome.ts'
import { type Reason, reasons } from '../model/reasons.ts'
import type { Bytes } from '../std/units.ts'
import { addToCell } from './add-to-cell.ts'
import { CompressMetrics, type RouteRow } from './compress-metrics.ts'
import { GrpcMetrics } from './grpc-metrics.ts'
import { logNames, type RetryReason, retryReasons, tunnelResults } from './metric-facts.ts'
import { layouts } from './metric-layout.ts'
import { emptySnapshot, type MetricsSnapshot } from './metrics-snapshot.ts'
import { SeriesTable } from './series-table.ts'
import { cluster, listener, route, whole } from './traffic-columns.ts'

/** What a cluster looks like at the moment of a snapshot. */
export interface ClusterGauges {
  readonly endpoints: number
  readonly unavailable: number
  readonly connections: number
  readonly idleConnections: number
  readonly activeRequests: number
  readonly pendingRequests: number
}

/** Rows of each kind: hardening 5.5. Above it names share the row `(other)`. */
const defaultRows = 10_000

const reasonIndex = new Map<string, number>(Object.keys(reasons).map((reason, i) => [reason, i]))

/**
 * What one traffic process counts. Every method is some additions at computed places of typed arrays: no allocation,
 * no label text. Rows are asked for when configuration is compiled and handed in with every event.
 */
export class TrafficMetrics implements Observer {
  readonly #routes: SeriesTable
  readonly #clusters: SeriesTable
  readonly #listeners: SeriesTable
  readonly #grpc: GrpcMetrics
  readonly #compress: CompressMetrics
  readonly #process = new Float64Array(layouts.process.width)

  /** @param rows largest number of rows for routes, clusters and listeners each. */
  constructor(rows: number = defaultRows) {
    this.#routes = new SeriesTable(route.width, rows)
    this.#clusters = new SeriesTable(cluster.width, rows)
    this.#listeners = new SeriesTable(listener.width, rows)
    this.#grpc = new GrpcMetrics(rows, this.#routes)
    this.#compress = new CompressMetrics(rows, this.#routes)
  }

  routeSeries(id: string): number {
    return this.#routes.row(id)
  }

  clusterSeries(id: string): number {
    return this.#clusters.row(id)
  }

  listenerSeries(id: string): number {
    return this.#listeners.row(id)
  }

  /** The route is gone: its row is exported once more. A request still under way may count into it. */
  retireRoute(id: string): void {
    this.#routes.retire(id)
    this.#grpc.retireRoute(id)
    this.#compress.retireRoute(id)
  }

  retireCluster(id: string): void {
    this.#clusters.retire(id)
  }

  retireListener(id: string): void {
    this.#listeners.retire(id)
  }

  onEnd(outcome: Outcome): void {
    if (outcome.grpcStatus >= 0) this.#grpc.count(outcome)
    if (outcome.reason !== undefined) this.#countReason(whole.localResponses, outcome.reason)
    if (outcome.protocol === 'TCP') {
      const { cells } = this.#clusters
      return addToCell(cells, outcome.clusterSeries * cluster.width + cluster.attempts, outcome.attempts)
    }
    const classOffset = statusClass(outcome.status)
    const routes = this.#routes.cells
    const at = outcome.routeSeries * route.width
    addToCell(routes, at + route.requests + classOffset, 1)
    observe(routes, at + route.durations, route.bounds, outcome.durationMs)
    addToCell(routes, at + route.requestBytes, outcome.requestBytes)
    addToCell(routes, at + route.responseBytes, outcome.responseBytes)

    if (outcome.attempts > 0) this.#countUpstream(outcome, classOffset)
  }

  /** A request came to the rate limits of a route. */
  rateLimited(series: number, verdict: LimitVerdict): void {
    addToCell(this.#routes.cells, series * route.width + route.rateLimits + limitVerdicts.indexOf(verdict), 1)
  }

  /** A request came to a limit of concurrency of a route. */
  concurrencyLimited(series: number, verdict: ConcurrencyVerdict): void {
    const at = series * route.width + route.concurrencyLimits
    addToCell(this.#routes.cells, at + concurrencyVerdicts.indexOf(verdict), 1)
  }

  /** A filter that asks this cluster has decided over a request. */
  authDecided(series: number, verdict: AuthVerdict): void {
    addToCell(
      this.#clusters.cells,
      series * cluster.width + cluster.authVerdicts + authVerdicts.indexOf(verdict),
      1,
    )
  }

  /** A request had a verdict of this cluster without a question of its own. */
  verdictReused(series: number, how: VerdictReuse): void {
    const at = series * cluster.width + cluster.reusedVerdicts
    addToCell(this.#clusters.cells, at + verdictReuses.indexOf(how), 1)
  }

  /** A response was compressed, or as much of it as came. @param from its bytes before. @param to and after. */
  compressed(route: RouteRow, coding: ContentCoding, from: Bytes, to: Bytes): void {
    this.#compress.count(route, coding, from, to)
  }

  connectionAccepted(series: number): void {
    const { cells } = this.#listeners
    addToCell(cells, series * listener.width + listener.accepted, 1)
    addToCell(cells, series * listener.width + listener.active, 1)
  }

  connectionClosed(series: number): void {
    const { cells } = this.#listeners
    addToCell(cells, series * listener.width + listener.closed, 1)
    addToCell(cells, series * listener.width + listener.active, -1)
  }

  /** Bytes came from a client to be handed on; told as they come, because tunnels last. */
  tunnelReceived(series: number, bytes: number): void {
    addToCell(this.#listeners.cells, series * listener.width + listener.tunnelReceived, bytes)
  }

  /** Bytes came from an endpoint to be handed on. */
  tunnelSent(series: number, bytes: number): void {
    addToCell(this.#listeners.cells, series * listener.width + listener.tunnelSent, bytes)
  }

  tunnelEnded(series: number, result: (typeof tunnelResults)[number]): void {
    addToCell(
      this.#listeners.cells,
      series * listener.width + listener.tunnels + tunnelResults.indexOf(result),
      1,
    )
  }

  /** A request or a response was refused by the codec. */
  protocolFault(reason: Reason): void {
    this.#countReason(whole.protocolFaults, reason)
  }

  /** Header fields were dropped for an underscore in their name. */
  fieldsDropped(count: number): void {
    addToCell(this.#process, whole.droppedFields, count)
  }

  upstreamConnected(series: number, ms: number): void {
    const { cells } = this.#clusters
    addToCell(cells, series * cluster.width + cluster.connects, 1)
    observe(cells, series * cluster.width + cluster.connectTimes, cluster.connectBounds, ms)
  }

  upstreamConnectFailed(series: number): void {
    addToCell(this.#clusters.cells, series * cluster.width + cluster.connectFailures, 1)
  }

  /** A request has left HTTP. */
  upgradeOpened(): void {
    addToCell(this.#process, whole.upgrades, 1)
    addToCell(this.#process, whole.upgraded, 1)
  }

  /** One that had is over. */
  upgradeClosed(): void {
    addToCell(this.#process, whole.upgraded, -1)
  }

  /** An attempt took a kept connection. */
  upstreamReused(series: number): void {
    addToCell(this.#clusters.cells, series * cluster.width + cluster.reused, 1)
  }

  keysFetched(result: (typeof byFetchResult.values)[number]): void {
    addToCell(this.#process, whole.keyFetches + byFetchResult.values.indexOf(result), 1)
  }

  retried(reason: RetryReason): void {
    addToCell(this.#process, whole.retries + retryReasons.indexOf(reason), 1)
  }

  retryBudgetExhausted(series: number): void {
    addToCell(this.#clusters.cells, series * cluster.width + cluster.budgetExhausted, 1)
  }

  logLinesDropped(log: (typeof logNames)[number], count: number): void {
    addToCell(this.#process, whole.logLinesDropped + logNames.indexOf(log), count)
  }

  /** What a cluster looks like now; called for each before a snapshot is taken. */
  describeCluster(series: number, now: ClusterGauges): void {
    const at = series * cluster.width + cluster.gauges
    this.#clusters.cells.set(
      [
        now.endpoints,
        now.unavailable,
        now.connections,
        now.idleConnections,
        now.activeRequests,
        now.pendingRequests,
      ],
      at,
    )
  }

  /** All numbers, as a copy that may cross to another process. Names retired since the last one are in it one last time. */
  snapshot(): MetricsSnapshot {
    const [routes, clusters, listeners] = [this.#routes, this.#clusters, this.#listeners]
    const overflows = [routes.overflows, clusters.overflows, listeners.overflows, ...this.#grpc.overflows]
    this.#process.set([...overflows, this.#compress.overflows], whole.overflow)
    return {
      ...emptySnapshot,
      route: this.#routes.snapshot(),
      cluster: this.#clusters.snapshot(),
      listener: this.#listeners.snapshot(),
      ...this.#grpc.snapshot(),
      ...this.#compress.snapshot(),
      process: { ids: [''], cells: this.#process.slice() },
    }
  }

  #countUpstream(outcome: Outcome, classOffset: number): void {
    const { cells } = this.#clusters
    const at = outcome.clusterSeries * cluster.width
    addToCell(cells, at + cluster.requests + classOffset, 1)
    addToCell(cells, at + cluster.attempts, outcome.attempts)
    if (outcome.upstreamMs >= 0) {
      observe(cells, at + cluster.latencies, cluster.latencyBounds, outcome.upstreamMs)
    }
  }

  #countReason(column: number, reason: Reason): void {
    addToCell(this.#process, column + (reasonIndex.get(reason) ?? 0), 1)
  }
}

/** 0 for 1xx to 4 for 5xx; whatever lies outside counts as 5xx, for it is nothing a gateway may send. */
function statusClass(status: number): number {
  const index = ((status / 100) | 0) - 1
  return index >= 0 && index <= 4 ? index : 4
}

/** Counts a value into the first bucket it fits, and adds it to the sum behind the buckets. */
function observe(cells: Float64Array, at: number, bounds: Float64Array, value: number): void {
  let bucket = 0
  while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1
  addToCell(cells, at + bucket, 1)
  addToCell(cells, at + bounds.length + 1, value)
}
