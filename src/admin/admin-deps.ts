import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { SourceStatus } from '../model/source-status.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'

/** Whether traffic may be sent here, and what is missing when not. */
export interface Readiness {
  readonly ready: boolean
  /** Sentences such as `no complete configuration yet` or `draining`; empty when ready. */
  readonly reasons: readonly string[]
}

/** A request that is not made but explained. */
export interface ExplainQuery {
  readonly method: string
  /** An absolute http or https URL, checked. */
  readonly url: string
  /** Lower-case names; in the order given. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The address it would come from; `undefined` lets the explanation choose. */
  readonly from: string | undefined
  /** The id of the listener that would take it; `undefined` lets the explanation choose. */
  readonly listener: string | undefined
}

/** Clusters as one traffic process sees them. */
export interface WorkerClusters {
  readonly worker: number
  readonly clusters: readonly ClusterStatus[]
}

/** A traffic process. One that is being replaced is listed beside its successor. */
export interface WorkerStatus {
  /** Its place, counted from 0. */
  readonly worker: number
  /** Sending it SIGTERM has it replaced without losing a request. */
  readonly pid: number
  readonly state: 'starting' | 'ready' | 'draining' | 'gone'
}

/** Sources besides files; none when files say all. */
export interface SourcesStatus {
  readonly sources: readonly SourceStatus[]
  /** Whether this process writes status and events; `undefined` where nobody does. */
  readonly isLeader: boolean | undefined
}

export interface VersionReport {
  readonly version: string
  readonly node: string
  readonly platform: string
  /** A sentence when this Node lacks security fixes. */
  readonly warning: string | null
}

/** What the admin address asks the rest of the gateway. */
export interface AdminDeps {
  ready(): Readiness
  /** The model in force; `undefined` before the first. */
  model(): Model | undefined
  /** Of the configuration last loaded, whether or not it was taken, and of what cannot be done with it now. */
  problems(): Promise<readonly Problem[]>
  /** A JSON-able explanation; `undefined` when nothing can explain yet. */
  explain(query: ExplainQuery): Promise<unknown>
  clusters(): Promise<readonly WorkerClusters[]>
  workers(): readonly WorkerStatus[]
  /** How sources besides files stand. */
  sources(): SourcesStatus
  /** The Prometheus text of all processes. */
  metrics(): Promise<string>
  version(): VersionReport
  /** Hears of a mistake of our own; the client gets 500 and no detail. */
  onError(error: unknown): void
}
