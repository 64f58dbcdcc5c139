import type { WorkerStatus } from '../admin/admin-deps.ts'
import type { Acceptors } from '../control/listening-sockets.ts'
import type { SocketSet } from '../control/socket-set.ts'
import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { DrainSettings } from '../model/settings.ts'
import type { MetricsSnapshot } from '../telemetry/metrics-snapshot.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'
import type { ExplainRequest, Explanation } from './explain.ts'

/** What carries traffic, seen from what hears changes: worker processes, or the same process. */
export interface TrafficHalf extends Acceptors {
  start(): void
  /** @param model what the difference leads to; a worker that comes later starts from it. */
  install(difference: ModelDifference, model: Model): void
  /**
   * Endpoints alone, in order with what is installed; nobody says when they are there.
   *
   * @param model as with `install`.
   */
  move(change: MembershipChange, model: Model): void
  /** Settles when everything told so far has been done everywhere, or whoever had not done it is gone. */
  settled(): Promise<void>
  /** Whether somebody serves. */
  isServing(): boolean
  /** Of all processes, the dead ones' last counts among them. */
  metrics(): Promise<MetricsSnapshot>
  /** One list per process: health and counts are each process's own. */
  clusters(): Promise<readonly (readonly ClusterStatus[])[]>
  /** Of all processes that serve: what is broken in several is there several times. */
  brokenExtensions(): Promise<readonly BrokenExtension[]>
  /** `undefined` when nobody can tell now. */
  explain(request: ExplainRequest): Promise<Explanation | undefined>
  workers(): readonly WorkerStatus[]
  reopenLogs(): void
  /** Gateways that share the store of limits: see `RunningLimiter`. */
  setReplicas(count: number): void
  /**
   * Settles when everything has ended, at the latest a second after both times.
   *
   * @param sockets of all listeners; they are closed when nothing waits in them any more.
   */
  drain(times: DrainSettings, sockets: ReadonlyMap<string, SocketSet>): Promise<void>
  /** Ends at once what is still there. */
  kill(): void
}
