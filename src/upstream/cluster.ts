import type { Cluster as ClusterSpec, EndpointSpec } from '../model/cluster.ts'
import type { Reason } from '../model/reasons.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { Breaker, type Waiter } from './breaker.ts'
import { type ClusterStatus, clusterStatus } from './cluster-status.ts'
import type { UpstreamDeps } from './deps.ts'
import type { Endpoint, EndpointOwner, EndpointState } from './endpoint.ts'
import { panicEvents } from './events.ts'
import { IdleSweeper } from './idle-sweeper.ts'
import { makeBalancer } from './make-balancer.ts'
import { Members } from './members.ts'
import { RetryBudget } from './retry-budget.ts'
import { same } from './same.ts'
import { Selection } from './selection.ts'
import { StickyEndpoints } from './sticky.ts'

export type { ClusterStatus }

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
  readonly #members: Members
  readonly #sweeper: IdleSweeper
  #selection: Selection
  #sticky: StickyEndpoints<Endpoint> | undefined
  /** The selection has to be made anew before the next pick. */
  #dirty = true
  /** The room that is being made has a taker, who is not in the queue. */
  #evicting = false
  #warming: unknown = undefined
  readonly #now = (): number => this.clock.now()
  readonly #available = (): boolean =>
    this.#breaker.hasRoom() || this.#sweeper.idle() > 0 || this.endpoints.some(({ hasRoom }) => hasRoom)

  constructor(spec: ClusterSpec, deps: UpstreamDeps) {
    this.id = spec.id
    this.spec = spec
    this.clock = deps.clock
    this.series = deps.series(spec.id)
    this.#deps = deps
    this.#breaker = new Breaker(spec.limits)
    this.#members = new Members(this, deps, () => this.#membersChanged())
    this.#sweeper = new IdleSweeper(deps.clock, () => this.#members.endpoints)
    this.#selection = this.#makeSelection()
    this.#sticky = spec.sticky && new StickyEndpoints(spec.sticky, spec.id)
  }

  /** Present members, usable or not. */
  get endpoints(): readonly Endpoint[] {
    return this.#members.endpoints
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
    this.#members.apply(spec)
    this.#breaker.wake(this.#available)
  }

  /** Takes other endpoints, and leaves the rest of its configuration as it is. */
  move(endpoints: readonly EndpointSpec[]): void {
    this.spec = { ...this.spec, endpoints }
    this.#members.apply(this.spec)
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
    if (this.#breaker.hasRoom()) return true
    this.#evicting = true
    const evicted = this.#sweeper.closeLongest()
    this.#evicting = false
    return evicted
  }

  /** A connection is being opened; every one ends with `connectionClosed`, even when it never came about. */
  connectionOpened(endpoint: Endpoint): void {
    this.#breaker.connections++
    endpoint.connections++
  }

  connectionClosed(endpoint: Endpoint): void {
    this.#breaker.connections--
    endpoint.connections--
    if (this.#breaker.pending > 0 && !this.#evicting) this.#breaker.wake(this.#available)
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
    return this.#members.endpoints.length > 0
  }

  /** Settles when its name was looked up once, whatever came of it; at once when it has none. */
  resolved(): Promise<void> {
    return this.#members.resolved()
  }

  /** What it looks like now, JSON-able. */
  describe(): ClusterStatus {
    if (this.#dirty) this.#reselect()
    return clusterStatus(this, {
      retries: this.#budget.active,
      panic: this.#selection.panicking,
      dns: this.#members.dns,
    })
  }

  /** Ends: no more picks, idle connections close, requests in flight finish. */
  close(): void {
    this.#members.close()
    this.#reselect()
    this.#sweeper.close()
    this.clock.clearTimeout(this.#warming)
  }

  mayEject(): boolean {
    const { endpoints } = this.#members
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
    this.#sweeper.start()
    this.roomFreed()
  }

  roomFreed(): void {
    if (this.#breaker.pending > 0) this.#breaker.wake(this.#available)
  }

  #makeSelection(): Selection {
    const { clock, random } = this.#deps
    this.#dirty = true
    return new Selection(() => makeBalancer(this.spec.balance, clock, random), random)
  }

  #membersChanged(): void {
    this.#sticky?.update(this.#members.endpoints)
    this.#dirty = true
  }

  #reselect(): void {
    this.#dirty = false
    const now = this.clock.now()
    const { endpoints } = this.#members
    let warming = false
    for (const endpoint of endpoints) warming = endpoint.warm(now, this.spec.slowStart) || warming
    const before = this.#selection.panicking
    this.#selection.rebuild({ endpoints, panicThreshold: this.spec.panicThreshold })
    for (const event of panicEvents(this.id, before, this.#selection.panicking)) this.#deps.onEvent(event)
    if (warming) this.#warmLater()
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
}
