import type { Reason } from '../../model/reasons.ts'
import type { RequestView } from '../../model/request-view.ts'
import { choose } from '../../names/choose.ts'
import type { NameTree } from '../../names/name-tree.ts'
import type { Timed } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import type { Waiter } from '../../upstream/breaker.ts'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import type { DialFailure } from '../dial.ts'
import type { ProxiedClient } from '../proxy-header.ts'
import type { Traffic } from '../traffic.ts'
import { UpstreamWire, type UpstreamWireEvents } from './upstream-wire.ts'

/** Further attempts after connections that were never made: nothing was sent, so nothing can happen twice. */
const connectRetries = 2

/** Who looks for an endpoint. */
export interface SearchOwner extends UpstreamWireEvents, RequestView {
  /** For the PROXY header of clusters that want one. */
  readonly proxied: ProxiedClient
  /** What a mistake of ours is reported with. */
  readonly requestId: string
  onSearchFailed(reason: Reason, detail: string): void
}

/**
 * The way of one tunnel to an endpoint: cluster by the weights of the target, breaker, balancer, connection, and another
 * endpoint when there is none. What the cluster and the endpoint lent is given back by `release`.
 */
export class UpstreamSearch implements Waiter, Timed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  cluster: Cluster | undefined = undefined
  endpoint: Endpoint | undefined = undefined
  /** Connections that were tried. */
  attempts = 0
  connectMs: Ms = 0
  readonly #traffic: Traffic
  readonly #owner: SearchOwner
  readonly #tried: Endpoint[] = []
  #wire: UpstreamWire | undefined = undefined
  #state: 'idle' | 'waiting' | 'connecting' | 'connected' | 'over' = 'idle'
  #startedAt: Ms = 0
  #waitUntil: Ms = 0

  constructor(traffic: Traffic, owner: SearchOwner) {
    this.#traffic = traffic
    this.#owner = owner
  }

  /** @param target leaves are cluster ids; one without endpoints leads nowhere. */
  start(target: NameTree<string>): void {
    this.#contained(() => this.#choose(target))
  }

  /** The connection stands: its endpoint is well, and has one request more for as long as the tunnel lasts. */
  connected(): UpstreamWire | undefined {
    const { cluster, endpoint } = this
    if (this.#state !== 'connecting' || cluster === undefined || endpoint === undefined) return undefined
    const now = this.#traffic.clock.now()
    this.#state = 'connected'
    this.#traffic.wheel.remove(this)
    this.connectMs = now - this.#startedAt
    this.#traffic.counters.upstreamConnected(cluster.series, this.connectMs)
    endpoint.end(now, this.#startedAt, 'success')
    endpoint.begin(now)
    return this.#wire
  }

  /** The connection has closed. @returns whether it never stood: another is tried, or the owner hears that there is none. */
  closed({ reason, detail }: DialFailure): boolean {
    if (this.#state !== 'connecting') return false
    this.#attemptFailed(reason, detail)
    return true
  }

  resumeWaiting(): void {
    const { cluster } = this
    if (this.#state === 'waiting' && cluster !== undefined) this.#contained(() => this.#attempt(cluster))
  }

  onDeadline(): void {
    if (this.#state === 'waiting') return this.#fail('cluster_pending', 'waited for a connection in vain')
    if (this.#state !== 'connecting') return
    this.#wire?.abandon()
    this.#attemptFailed('connect_timeout', 'no connection in time')
  }

  /** Ends it, whatever it is at, and gives back what was lent. */
  release(): void {
    const before = this.#state
    this.#state = 'over'
    this.#traffic.wheel.remove(this)
    this.cluster?.cancelWait(this)
    if (before === 'connecting') this.#wire?.abandon()
    const now = this.#traffic.clock.now()
    // The time of a tunnel says nothing of the speed of its endpoint.
    if (before === 'connecting' || before === 'connected') this.endpoint?.end(now, now, 'cancelled')
    if (before !== 'over') this.cluster?.release()
  }

  #choose(target: NameTree<string>): void {
    const { registry, random } = this.#traffic
    const choice = choose(target, random, (id) => registry.cluster(id)?.alive() === true)
    const cluster = choice.kind === 'leaf' ? registry.cluster(choice.value) : undefined
    if (cluster === undefined) return this.#fail('no_cluster', `the target ends in ${choice.kind}`)
    const refusal = cluster.admit()
    if (refusal !== undefined) return this.#fail(refusal, `cluster "${cluster.id}"`)
    this.cluster = cluster
    this.#attempt(cluster)
  }

  #attempt(cluster: Cluster): void {
    const endpoint = cluster.pick(this.#owner, this.#tried)
    if (endpoint === undefined) return this.#fail('no_endpoints', `cluster "${cluster.id}"`)
    const now = this.#traffic.clock.now()
    if (!cluster.mayConnect()) return this.#wait(cluster, now)
    this.#state = 'connecting'
    this.#waitUntil = 0
    this.#startedAt = now
    this.endpoint = endpoint
    this.attempts++
    endpoint.begin(now)
    const { dialer } = this.#traffic.upstreamDeps
    this.#wire = new UpstreamWire({ endpoint, cluster, client: this.#owner.proxied, dialer }, this.#owner)
    this.#traffic.wheel.arm(this, now + cluster.spec.connectTimeout)
  }

  #wait(cluster: Cluster, now: Ms): void {
    if (!cluster.wait(this)) return this.#fail('cluster_pending', `cluster "${cluster.id}"`)
    this.#state = 'waiting'
    if (this.#waitUntil === 0) this.#waitUntil = now + cluster.spec.connectTimeout
    this.#traffic.wheel.arm(this, this.#waitUntil)
  }

  #attemptFailed(reason: DialFailure['reason'] | 'connect_timeout', detail: string): void {
    const { cluster, endpoint } = this
    if (cluster === undefined || endpoint === undefined) return
    const { counters, clock } = this.#traffic
    counters.upstreamConnectFailed(cluster.series)
    this.#state = 'idle'
    endpoint.end(clock.now(), this.#startedAt, 'failure')
    if (this.attempts > connectRetries) {
      return this.#fail(reason, `endpoint ${endpoint.key}: ${detail} (attempt ${this.attempts})`)
    }
    counters.retried('connect')
    this.#tried.push(endpoint)
    this.#contained(() => this.#attempt(cluster))
  }

  /** A mistake of ours ends this tunnel and nothing else. */
  #contained(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#traffic.onDefect(error, this.#owner.requestId)
      this.#fail('internal_error', '')
    }
  }

  #fail(reason: Reason, detail: string): void {
    this.#owner.onSearchFailed(reason, detail)
  }
}
