import { printAddress } from '../model/address.ts'
import type { Cluster as ClusterSpec, EndpointSpec } from '../model/cluster.ts'
import type { SocketAddress } from '../model/listener.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { Ejection } from './ejection.ts'
import { IdlePool } from './idle-pool.ts'
import { PeakEwma } from './peak-ewma.ts'
import type { ConnectionNeed, PooledConnection, SharedConnection } from './pool.ts'
import { SharedPool } from './shared-pool.ts'

/**
 * Whether and why an endpoint is used. `unchecked` and `healthy` are usable; `unhealthy` failed its active checks;
 * `ejected` failed requests; `probing` was ejected and is being tried with one request at a time.
 */
export type EndpointState = 'unchecked' | 'healthy' | 'unhealthy' | 'ejected' | 'probing'

/** What an endpoint needs of its cluster. */
export interface EndpointOwner {
  readonly clock: Clock
  readonly spec: ClusterSpec
  mayEject(): boolean
  stateChanged(endpoint: Endpoint, from: EndpointState, cause: string): void
  /** A connection became free, or a first one is idle now. */
  connectionFreed(): void
  /** A connection that carries requests takes one more. */
  roomFreed(): void
}

/** How a request to an endpoint ended, for its health: `failure` is the endpoint's fault, `cancelled` nobody's. */
export type RequestResult = 'success' | 'failure' | 'cancelled'

/** Decay of latencies where the balancer does not say (mesh.md §2.7). */
const usualDecay: Ms = 10_000
/** Share of its weight a warming endpoint starts with. */
const coldShare = 0.1
/** Streams that a peer is taken to allow until it says otherwise: RFC 9113 §6.5.2 asks for at least as many. */
const usualStreams = 100

/** One address of a cluster with everything that is known about it; it outlives changes of the configuration. */
export class Endpoint {
  /** `10.0.0.5:8080`, `[2001:db8::5]:8080` or `unix:/run/app.sock`. */
  readonly key: string
  readonly address: SocketAddress
  /** What a Host header for this endpoint says: the name it was found by and its port. */
  authority: string
  weight: number
  priority: number
  /** Requests in flight. */
  active = 0
  /** Open connections, those being opened included. */
  connections = 0
  /** The weight balancers go by: `weight`, or less of it while warming. */
  effectiveWeight: number
  /** Whether the present selection holds it. */
  eligible = false
  /** Streams at once that its last connection allowed: a new one is given no more before it says itself. */
  streamLimit = usualStreams
  /** No longer a member: it gets no requests and keeps no connections. */
  removed = false
  /** What active checks found. */
  checked: 'unchecked' | 'healthy' | 'unhealthy' = 'unchecked'
  /** Why the state is what it is; `""` when nothing ever happened. */
  cause = ''
  readonly ewma = new PeakEwma()
  readonly ejection: Ejection
  readonly #owner: EndpointOwner
  readonly #pool: IdlePool
  readonly #shared: SharedPool
  #state: EndpointState = 'unchecked'
  #usableSince: number

  constructor(spec: EndpointSpec, authority: string, usableSince: number, owner: EndpointOwner) {
    this.key = endpointKey(spec.address)
    this.address = spec.address
    this.authority = authority
    this.weight = spec.weight
    this.effectiveWeight = spec.weight
    this.priority = spec.priority
    this.#usableSince = usableSince
    this.#owner = owner
    this.#pool = new IdlePool(owner.spec.pool)
    this.#shared = new SharedPool(owner.spec.pool)
    this.ejection = new Ejection({
      clock: owner.clock,
      outlier: () => owner.spec.outlier,
      mayEject: () => owner.mayEject(),
      phaseChanged: (cause) => this.#settle(cause),
    })
  }

  get state(): EndpointState {
    return this.#state
  }

  /** Whether health lets it have requests, as far as this endpoint alone is asked. */
  get usable(): boolean {
    return this.#state === 'healthy' || this.#state === 'unchecked'
  }

  /** Connections that carry no request. */
  get idle(): number {
    return this.#pool.size + this.#shared.idle
  }

  /** Some shared connection takes another request. */
  get hasRoom(): boolean {
    return this.#shared.hasRoom
  }

  /** A request is given to it. */
  begin(now: number): void {
    this.active++
    this.ejection.started(now)
  }

  /** A request that began at `startedAt` is over, whether or not a connection was ever made. Exactly once for each `begin`. */
  end(now: number, startedAt: number, result: RequestResult): void {
    this.active--
    if (this.removed) return
    if (result === 'success') {
      this.ewma.observe(now, now - startedAt, this.#decay())
      this.ejection.succeeded(startedAt, now)
      return
    }
    this.ewma.observeAtLeast(now, now - startedAt)
    if (result === 'failure') this.ejection.failed(startedAt, now)
    else this.ejection.cancelled(startedAt)
  }

  /** A connection could not be made and no request is to blame: a request that fails so ends with `failure` instead. */
  connectFailed(now: number): void {
    if (!this.removed) this.ejection.failed(now, now)
  }

  /** An idle connection, last used first. */
  takeIdle(now: number, need: ConnectionNeed): PooledConnection | undefined {
    return this.#pool.take(now, need)
  }

  /** Gives a connection back after a complete exchange. It may be closed at once. */
  putIdle(connection: PooledConnection, now: number): void {
    if (this.removed) {
      connection.close()
      return
    }
    this.#pool.put(connection, now)
    this.#owner.connectionFreed()
  }

  /** Takes an idle connection out of the pool without closing it. */
  forget(connection: PooledConnection): void {
    this.#pool.forget(connection)
  }

  /** A shared connection that takes another request; `undefined` means: open one. */
  takeShared(now: number): SharedConnection | undefined {
    return this.#shared.take(now)
  }

  /** A shared connection was opened. */
  addShared(connection: SharedConnection): void {
    this.#shared.add(connection)
  }

  /** A shared connection is closed, or takes no further request. */
  forgetShared(connection: SharedConnection): void {
    this.#shared.forget(connection)
  }

  /** A request on a shared connection is over, so that it takes another. */
  sharedFreed(connection: SharedConnection): void {
    if (this.removed) connection.retire()
    else if (connection.idleSince === Infinity) this.#owner.roomFreed()
    else this.#owner.connectionFreed()
  }

  /** `Keep-Alive: timeout=` of a response, in seconds. */
  learnKeepAlive(seconds: number): void {
    if (seconds >= 0) this.#pool.limit.announce(seconds)
  }

  /**
   * The peer closed a connection that was idle, or had been until a request was written that got no byte of an answer:
   * forgets it, and learns how long the peer keeps them.
   */
  closedWhileIdle(connection: PooledConnection, now: number): void {
    this.#pool.forget(connection)
    this.#pool.limit.observe(now - connection.idleSince, now)
  }

  /** The longest a connection may be idle at present. */
  idleLimit(now: number): Ms {
    return this.#pool.limit.current(now)
  }

  /** Since when the longest idle connection is idle; `Infinity` when there is none. */
  get idleSince(): number {
    return Math.min(this.#pool.oldest, this.#shared.oldest)
  }

  sweepIdle(now: number): void {
    this.#pool.sweep(now)
    this.#shared.sweep(now)
  }

  closeOldestIdle(): boolean {
    return this.#pool.oldest < this.#shared.oldest ? this.#pool.closeOldest() : this.#shared.closeOldest()
  }

  /** Load for Peak-EWMA; `relativeWeight` is 1 for an endpoint of average weight. */
  load(now: number, relativeWeight: number): number {
    return this.ewma.load(now, this.active / relativeWeight, this.#decay())
  }

  /** What active checks found; `unchecked` when there are none any more. */
  setChecked(result: 'unchecked' | 'healthy' | 'unhealthy', cause: string): void {
    if (this.checked === result) return
    this.checked = result
    this.#settle(cause)
  }

  /** Recomputes the weight balancers go by; true while it is still growing. */
  warm(now: number, slowStart: Ms): boolean {
    const share = slowStart === 0 ? 1 : (now - this.#usableSince) / slowStart
    this.effectiveWeight = share >= 1 ? this.weight : this.weight * Math.max(coldShare, share)
    return share < 1
  }

  /** Takes what a new configuration says of it. */
  configure(spec: EndpointSpec, authority: string): void {
    this.authority = authority
    this.weight = spec.weight
    this.priority = spec.priority
    this.#pool.configure(this.#owner.spec.pool)
    this.#shared.configure(this.#owner.spec.pool)
    if (this.#owner.spec.outlier.consecutiveFailures === 0) this.ejection.reset()
  }

  /** No longer a member: idle connections close, requests in flight finish. */
  remove(): void {
    this.removed = true
    this.eligible = false
    this.ejection.close()
    this.#pool.closeAll()
    this.#shared.retireAll()
  }

  #settle(cause: string): void {
    const from = this.#state
    const { phase } = this.ejection
    this.#state = this.checked === 'unhealthy' ? 'unhealthy' : phase === 'in' ? this.checked : phase
    if (this.#state === from || this.removed) return
    this.cause = cause
    if (this.usable && from !== 'unchecked' && from !== 'healthy') this.#usableSince = this.#owner.clock.now()
    this.#owner.stateChanged(this, from, cause)
  }

  #decay(): Ms {
    const { balance } = this.#owner.spec
    return balance.kind === 'ewma' ? balance.decay : usualDecay
  }
}

/** What an endpoint is known by: its address as it is written. */
export const endpointKey: (address: SocketAddress) => string = printAddress
