import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { within } from '../../std/within.ts'
import type { IngressObject, IngressStatus, ServiceObject } from '../../translate/kubernetes/objects.ts'
import type { ObjectProblem, ObjectRef } from '../../translate/kubernetes/pieces.ts'
import { usualEventLimits } from './event-limits.ts'
import { EventWriter } from './event-writer.ts'
import { Leadership } from './lease.ts'
import { type LeaseTimes, usualLeaseTimes } from './lease-times.ts'
import { type Say, whyOf } from './say.ts'
import { statusAddresses } from './status-addresses.ts'
import { usualStatusLimits } from './status-limits.ts'
import { StatusWriter } from './status-writer.ts'

export interface ReporterDeps {
  readonly api: KubernetesApi
  readonly settings: Pick<KubernetesSettings, 'controller' | 'status' | 'events' | 'leaderElection'>
  readonly clock: Clock
  readonly random: () => number
  /** Of this process and of no other: `tidegate-7d9f-x2x4b-1a2b3c`. */
  readonly identity: string
  /** Where the Lease is. */
  readonly namespace: string
  readonly service: (namespace: string, name: string) => ServiceObject | undefined
  readonly nodeAddresses: () => readonly string[]
  /** All that are watched, ours or not. */
  readonly ingresses: () => Iterable<IngressObject>
  readonly ingressStatus: (namespace: string, name: string) => IngressStatus | undefined
  readonly log: Say
  /** Others than the usual ones are for tests. */
  readonly times?: LeaseTimes
}

/** What there is to say of a model. */
export interface Said {
  /** Of the model. */
  readonly hash: string
  readonly problems: readonly ObjectProblem[]
  /** Ingresses that the model serves. */
  readonly accepted: readonly ObjectRef[]
}

/** So many models may be on their way to the workers at once; beyond, the oldest is not waited for. */
const mostPending = 32

/**
 * Says to the cluster what became of its objects: problems as events at once, addresses in the status of Ingresses once every worker
 * serves them. Of all replicas one does; each knows what it would say, so that any can take over.
 */
export class KubernetesReporter implements AsyncDisposable {
  readonly #deps: ReporterDeps
  readonly #leadership: Leadership
  readonly #status: StatusWriter | undefined
  readonly #events: EventWriter | undefined
  /** Accepted Ingresses of models that are not in force yet, oldest first. */
  readonly #pending = new Map<string, readonly ObjectRef[]>()
  #inForce = ''
  #phase: 'new' | 'running' | 'stopped' = 'new'

  constructor(deps: ReporterDeps) {
    const { settings, namespace, identity, times = usualLeaseTimes } = deps
    this.#deps = deps
    this.#leadership = new Leadership({
      ...deps,
      times,
      name: settings.leaderElection.lease,
      onChange: (isLeader) => {
        this.#status?.onLeader(isLeader)
        this.#events?.onLeader(isLeader)
      },
    })
    const common = { ...deps, term: this.#leadership }
    this.#status =
      settings.status.from === 'off'
        ? undefined
        : new StatusWriter({
            ...common,
            limits: usualStatusLimits,
            manager: managerOf(settings.controller, namespace),
            addresses: () => statusAddresses(settings.status, deps),
          })
    this.#events =
      settings.events === 'off'
        ? undefined
        : new EventWriter({
            ...common,
            limits: usualEventLimits,
            reporter: { controller: settings.controller, instance: identity },
          })
  }

  /** Takes part in leader election, when there is anything to write at all. */
  start(): void {
    if (this.#status === undefined && this.#events === undefined) return
    this.#phase = 'running'
    this.#leadership.start()
    this.#status?.start()
  }

  report({ hash, problems, accepted }: Said): void {
    if (this.#phase === 'stopped') return
    this.#events?.report(problems)
    this.#pending.delete(hash)
    if (hash === this.#inForce) return this.#status?.accept(accepted)
    this.#pending.set(hash, accepted)
    const [oldest] = this.#pending.keys()
    if (oldest !== undefined && this.#pending.size > mostPending) this.#pending.delete(oldest)
  }

  /** The model is served by every worker; whatever was reported before it never will be. */
  inForce(hash: string): void {
    if (this.#phase === 'stopped') return
    this.#inForce = hash
    const accepted = this.#pending.get(hash)
    if (accepted === undefined) return
    for (const older of this.#pending.keys()) {
      this.#pending.delete(older)
      if (older === hash) break
    }
    this.#status?.accept(accepted)
  }

  isLeader(): boolean {
    return this.#leadership.isLeader()
  }

  /** Leaves; the last replica takes all addresses away, as far as the time allows. */
  async stop(atMost: Ms): Promise<void> {
    const { clock, log } = this.#deps
    if (this.#phase === 'running') {
      this.#phase = 'stopped'
      if ((await within(this.#leave(), atMost, clock)) === 'late')
        log('warn', 'the time to stop was too short to take all addresses out of the status of Ingresses')
    }
    await this[Symbol.asyncDispose]()
  }

  /** Ends at once; the Lease runs out by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#phase = 'stopped'
    await Promise.all([
      this.#events?.[Symbol.asyncDispose](),
      this.#status?.[Symbol.asyncDispose](),
      this.#leadership[Symbol.asyncDispose](),
    ])
  }

  async #leave(): Promise<'left'> {
    try {
      await this.#events?.[Symbol.asyncDispose]()
      if ((await this.#leadership.leave()) === 'last') {
        await this.#status?.clear()
        await this.#leadership.release()
      }
    } catch (error) {
      this.#deps.log('debug', `the lease could not be left: ${whyOf(error)}`)
    }
    return 'left'
  }
}

/** Our name as the one who wrote a field: the controller, and where its Lease is when there are several of it. 128 characters at most. */
function managerOf(controller: string, namespace: string): string {
  return `${controller.slice(0, 64)}@${namespace}`
}
