import type { Cluster as ClusterSpec } from '../model/cluster.ts'
import type { Reason } from '../model/reasons.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { Breaker, type Waiter } from './breaker.ts'
import { type ClusterStatus, clusterStatus } from './cluster-status.ts'
import type { UpstreamDeps } from './deps.ts'
import { type Endpoint, type EndpointOwner, type EndpointState, endpointKey } from './endpoint.ts'
import { makeBalancer } from './make-balancer.ts'
import { Membership } from './membership.ts'
import { RetryBudget } from './retry-budget.ts'
import { Selection } from './selection.ts'
import { StickyEndpoints } from './sticky.ts'

export type { ClusterStatus }

/** How often idle connections are looked at while there are any. */
const sweepEvery: Ms = 500
/** Steps in which the weight of a warming endpoint grows, and the shortest of them. */
const warmSteps = 50
const warmStepAtLeast: Ms = 50

/** One cluster at run time: it outlives changes of the configuration as long as its id stays. */
export class Cluster implements EndpointOwner {
  readonly id: string
  /** Its row in the metric tables. */
  readonly series: number
  readonly clock: Clock
  spec: ClusterSpec
  readonly #deps: UpstreamDeps
  readonly #breaker: Breaker
  readonly #budget = new RetryBudget()
  readonly #membership: Membership
  #selection: Selection
  #sticky: StickyEndpoints<Endpoint> | undefined
  /** The selection has to be made anew before the next pick. */
  #dirty = true
  #sweeper: unknown = undefined
  #warming: unknown = undefined
  readonly #now = (): number => this.clock.now()
  readonly #available = (): boolean => this.#breaker.hasRoom() || this.#idle() > 0

  constructor(spec: ClusterSpec, deps: UpstreamDeps) {
    this.id = spec.id
    this.spec = spec
    this.clock = deps.clock
    this.series = deps.series(spec.id)
    this.#deps = deps
    this.#breaker = new Breaker(spec.limits)
    this.#membership = new Membership(this)
    this.#selection = this.#makeSelection()
    this.#sticky = spec.sticky && new StickyEndpoints(spec.sticky, spec.id)
  }

  /** Present members, usable or not. */
  get endpoints(): readonly Endpoint[] {
    return this.#membership.endpoints
  }

  /** Requests that were admitted and not released. */
  get activeRequests(): number {
    return this.#breaker.requests
  }

  /** Open connections, those being opened included. */
  get connections(): number {
    return this.#breaker.connections
  }

  /** Requests that wait for a connection. */
  get pending(): number {
    return this.#breaker.pending
  }

  /** Takes a configuration: the first, or a later one of the same id. */
  apply(spec: ClusterSpec): void {
    const before = this.spec
    this.spec = spec
    this.#breaker.limits = spec.limits
    if (!same(before.balance, spec.balance)) this.#selection = this.#makeSelection()
    if (!same(before.sticky, spec.sticky)) {
      this.#sticky = spec.sticky && new StickyEndpoints(spec.sticky, spec.id)
    }
    this.#updateMembers()
    this.#breaker.wake(this.#available)
  }

  /** Counts a request, or says why the cluster takes no more. Each admitted one is released once. */
  admit(): Reason | undefined {
    return this.#breaker.admit()
  }

  release(): void {
    this.#breaker.release()
  }

  /**
   * The endpoint for a request: that of its sticky cookie when it is usable, else the balancer's choice; one that is not in
   * `tried` where there is one. `undefined` when there is none that may be used.
   */
  pick(view: RequestView, tried: readonly Endpoint[]): Endpoint | undefined {
    if (this.#dirty) this.#reselect()
    const known = this.#sticky?.find(view)
    if (known?.eligible === true && !tried.includes(known)) return known
    return this.#selection.pick(view, tried, this.#now)
  }

  /**
   * Whether another connection may be opened. At the limit an idle connection of any endpoint gives way: without that,
   * a request would wait for ever for an endpoint that has none.
   */
  mayConnect(): boolean {
    return this.#breaker.hasRoom() || this.#closeLongestIdle()
  }

  /** A connection is being opened; every one ends with `connectionClosed`, even when it never came about. */
  connectionOpened(endpoint: Endpoint): void {
    this.#breaker.connections++
    endpoint.connections++
  }

  connectionClosed(endpoint: Endpoint): void {
    this.#breaker.connections--
    endpoint.connections--
    this.#breaker.wake(this.#available)
  }

  /** Queues a request for a connection, first come first served; false when the queue is full. */
  wait(waiter: Waiter): boolean {
    return this.#breaker.wait(waiter)
  }

  cancelWait(waiter: Waiter): void {
    this.#breaker.cancelWait(waiter)
  }

  /** A permit for a retry; `percent` of active requests may be retries, and `minimum` always. */
  tryRetry(percent: number, minimum: number): boolean {
    return this.#budget.take(this.#breaker.requests, percent, minimum)
  }

  /** Gives back what `tryRetry` granted. */
  retryEnded(): void {
    this.#budget.ended()
  }

  /** `set-cookie: …\r\n` when the client has to learn its endpoint, else `""`. */
  stickyField(endpoint: Endpoint, view: RequestView): string {
    return this.#sticky === undefined ? '' : this.#sticky.field(endpoint, view)
  }

  /** Whether it has an endpoint at all. */
  alive(): boolean {
    return this.#membership.endpoints.length > 0
  }

  /** What it looks like now, JSON-able. */
  describe(): ClusterStatus {
    if (this.#dirty) this.#reselect()
    return clusterStatus(this, { retries: this.#budget.active, panic: this.#selection.panicking })
  }

  /** Ends: no more picks, idle connections close, requests in flight finish. */
  close(): void {
    this.#membership.update([])
    this.#reselect()
    this.clock.clearTimeout(this.#sweeper)
    this.clock.clearTimeout(this.#warming)
  }

  mayEject(): boolean {
    const { endpoints } = this.#membership
    const ejected = endpoints.filter((endpoint) => endpoint.ejection.phase !== 'in').length
    return (ejected + 1) * 100 <= endpoints.length * this.spec.outlier.maxEjectedPercent
  }

  stateChanged(endpoint: Endpoint, from: EndpointState, cause: string): void {
    this.#dirty = true
    this.#deps.onEvent({
      kind: 'endpoint',
      cluster: this.id,
      endpoint: endpoint.key,
      from,
      to: endpoint.state,
      cause,
    })
  }

  connectionFreed(): void {
    if (this.#sweeper === undefined) this.#sweepLater()
    if (this.#breaker.pending > 0) this.#breaker.wake(this.#available)
  }

  #makeSelection(): Selection {
    const { clock, random } = this.#deps
    this.#dirty = true
    return new Selection(() => makeBalancer(this.spec.balance, clock, random), random)
  }

  #updateMembers(): void {
    const fixed = this.spec.endpoints.map((spec) => ({ spec, authority: endpointKey(spec.address) }))
    this.#membership.update(fixed)
    this.#sticky?.update(this.#membership.endpoints)
    this.#dirty = true
  }

  #reselect(): void {
    this.#dirty = false
    const now = this.clock.now()
    const { endpoints } = this.#membership
    let warming = false
    for (const endpoint of endpoints) warming = endpoint.warm(now, this.spec.slowStart) || warming
    const before = this.#selection.panicking
    this.#selection.rebuild({ endpoints, panicThreshold: this.spec.panicThreshold })
    this.#reportPanic(before, this.#selection.panicking)
    if (warming) this.#warmLater()
  }

  #reportPanic(before: readonly number[], after: readonly number[]): void {
    const cause = `fewer than ${this.spec.panicThreshold} % of its endpoints are usable`
    for (const priority of after) {
      if (before.includes(priority)) continue
      this.#deps.onEvent({ kind: 'panic', cluster: this.id, priority, from: 'off', to: 'on', cause })
    }
    for (const priority of before) {
      if (after.includes(priority)) continue
      this.#deps.onEvent({
        kind: 'panic',
        cluster: this.id,
        priority,
        from: 'on',
        to: 'off',
        cause: 'enough are usable',
      })
    }
  }

  #warmLater(): void {
    this.clock.clearTimeout(this.#warming)
    this.#warming = this.clock.setTimeout(
      () => {
        this.#dirty = true
      },
      Math.max(warmStepAtLeast, this.spec.slowStart / warmSteps),
    )
  }

  #sweepLater(): void {
    this.#sweeper = this.clock.setTimeout(() => {
      this.#sweeper = undefined
      const now = this.clock.now()
      for (const endpoint of this.#membership.endpoints) endpoint.sweepIdle(now)
      if (this.#idle() > 0) this.#sweepLater()
    }, sweepEvery)
  }

  #idle(): number {
    let idle = 0
    for (const endpoint of this.#membership.endpoints) idle += endpoint.idle
    return idle
  }

  #closeLongestIdle(): boolean {
    let longest: Endpoint | undefined
    for (const endpoint of this.#membership.endpoints) {
      if (endpoint.idle > 0 && endpoint.idleSince < (longest?.idleSince ?? Infinity)) longest = endpoint
    }
    return longest?.closeOldestIdle() ?? false
  }
}

/** Whether two pieces of a model, canonical both, say the same. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
