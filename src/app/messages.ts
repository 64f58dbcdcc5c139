import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { PermitDemand, PermitReturn } from '../limits/concurrency/permit-office.ts'
import type { Demand, Grant, Return } from '../limits/leases/lease.ts'
import type { ModelDifference } from '../model/model.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { DrainSettings, Settings } from '../model/settings.ts'
import type { MetricsSnapshot } from '../telemetry/metrics-snapshot.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'
import type { ExplainRequest, Explanation } from './explain.ts'

/** What the control process tells a worker. Messages arrive in the order sent, handles included. */
export type ToWorker =
  | { readonly kind: 'start'; readonly place: WorkerPlace }
  | { readonly kind: 'install'; readonly difference: ModelDifference }
  /** Is not confirmed: it cannot fail for a worker that is in step. */
  | { readonly kind: 'move'; readonly change: MembershipChange }
  /** Comes with the listener's socket, which takes the place of the one it had, if any. */
  | { readonly kind: 'listen'; readonly listener: string }
  | { readonly kind: 'unlisten'; readonly listener: string }
  /** Comes with a connection that was accepted for the listener in its stead. */
  | { readonly kind: 'adopt'; readonly listener: string }
  | { readonly kind: 'drain'; readonly times: DrainSettings }
  | { readonly kind: 'reopenLogs' }
  /** Gateways that share the store of limits. */
  | { readonly kind: 'replicas'; readonly count: number }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** What it asked for with the same id. */
  | { readonly kind: 'leased'; readonly id: number; readonly grants: readonly Grant[] }
  /** How many are left for each permit that it asked for with the same id; -1 for those it does not get. */
  | { readonly kind: 'permitted'; readonly id: number; readonly left: readonly number[] }

/** What a worker tells the control process. */
export type FromWorker =
  | { readonly kind: 'started' }
  | { readonly kind: 'installed'; readonly hash: string }
  | { readonly kind: 'listening'; readonly listener: string }
  | { readonly kind: 'unlistened'; readonly listener: string }
  /** It could not do what it was told: our bug, or a socket that would not listen. */
  | { readonly kind: 'failed'; readonly what: string; readonly message: string }
  /** Its counts so far, now and then, so that little is lost when it dies; and for the last time when it ends. */
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  /** It wants to be replaced: a defect was seen in it, or somebody sent it SIGTERM. */
  | { readonly kind: 'retire'; readonly why: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  /** It needs requests of rate limits: see `limits/leases`. */
  | { readonly kind: 'lease'; readonly id: number; readonly demands: readonly Demand[] }
  | { readonly kind: 'giveBack'; readonly returns: readonly Return[] }
  /** Requests that are to be in flight, and those that are no longer: see `limits/concurrency`. */
  | { readonly kind: 'takePermits'; readonly id: number; readonly demands: readonly PermitDemand[] }
  | { readonly kind: 'returnPermits'; readonly returns: readonly PermitReturn[] }

/** What a worker has to know before its first model. */
export interface WorkerPlace {
  /** Counted from 0; a replacement has the index of the worker it replaces. */
  readonly index: number
  readonly settings: Settings
  /** Most downstream connections at a time. */
  readonly connectionCap: number
}

export type Question =
  | { readonly kind: 'metrics' }
  | { readonly kind: 'clusters' }
  | { readonly kind: 'brokenExtensions' }
  | { readonly kind: 'explain'; readonly request: ExplainRequest }
  /** Answered when it accepts no more, which is after `delayMs`; answers say `connection: close` from now on. */
  | { readonly kind: 'stopAccepting'; readonly delayMs: number }

export type Answer =
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  | { readonly kind: 'clusters'; readonly clusters: readonly ClusterStatus[] }
  | { readonly kind: 'brokenExtensions'; readonly broken: readonly BrokenExtension[] }
  | { readonly kind: 'explain'; readonly explanation: Explanation }
  | { readonly kind: 'stoppedAccepting' }
  | { readonly kind: 'failed'; readonly message: string }
