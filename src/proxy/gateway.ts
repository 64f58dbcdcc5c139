import type { Socket } from 'node:net'
import type { Extensions } from '../extend/call.ts'
import { buildFilters } from '../filters/build-route.ts'
import type { KeysEvent } from '../filters/jwt/fetch-keys.ts'
import { JwtRuntime } from '../filters/jwt/jwt-runtime.ts'
import { PasswordChecker } from '../filters/passwords/password-checker.ts'
import type { FilterServices, LimitCounts } from '../filters/services.ts'
import { VerdictMemory } from '../filters/verdicts/verdict-memory.ts'
import type { Concurrency } from '../limits/concurrency/permits.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { ModelDifference } from '../model/model.ts'
import type { Observer } from '../model/outcome.ts'
import type { MemberEntry } from '../model/replace-endpoints.ts'
import type { Route } from '../model/route.ts'
import { buildTable, type RoutingTable, updateTable } from '../routing/table.ts'
import type { Clock } from '../std/clock.ts'
import { TimerWheel } from '../std/timer-wheel.ts'
import { Materials } from '../tls/materials.ts'
import type { UpstreamDeps } from '../upstream/deps.ts'
import type { UpstreamEvent } from '../upstream/events.ts'
import { Registry } from '../upstream/registry.ts'
import { Dialer } from './dial.ts'
import { openForCheck } from './dial-check.ts'
import { digestKey } from './digest-key.ts'
import { type DrainOptions, drain } from './drain.ts'
import { ExchangePool } from './exchange-pool.ts'
import { divided, hasExtensions } from './extension/stage.ts'
import { documentFetcher } from './fetch-document.ts'
import { findEndpoints } from './find-endpoints.ts'
import type { ListenHandle } from './listen-handle.ts'
import { Listener } from './listener.ts'
import { RequestIds } from './request-ids.ts'
import { type RouteRuntime, routeRuntime } from './route-runtime.ts'
import { subrequest } from './subrequest.ts'
import { HandshakePace } from './tls/handshake-pace.ts'
import type { RefusedConnection, Traffic, TrafficCounters } from './traffic.ts'
import { planListenerLeaving } from './upgrade/plan-leaving.ts'

/** What the traffic half needs of the process it runs in. */
export interface GatewayDeps extends Pick<UpstreamDeps, 'resolve' | 'probe'> {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Fills a buffer with bytes nobody can guess. */
  readonly randomFill: (bytes: Buffer) => void
  readonly observer: Observer
  readonly counters: TrafficCounters
  readonly onUpstreamEvent: (event: UpstreamEvent) => void
  /** A mistake of ours: logged with the id of the request it hit. */
  readonly onDefect: (error: unknown, requestId: string) => void
  /** A connection ended before its protocol was known; there is no line in the access log for it. */
  readonly onRefused: (refused: RefusedConnection) => void
  /** Something that the TLS of a listener needs cannot be used: some of its server names are refused. */
  readonly onTlsUnavailable: (listener: string, error: unknown) => void
  /** Decides over requests of rate limits. Whoever made it closes it. */
  readonly limiter: Limiter
  /** Counts requests in flight. Whoever made it closes it. */
  readonly concurrency: Concurrency
  /** A limit in shadow would have refused a request. */
  readonly onShadowLimit: LimitCounts['onShadow']
  /** A response said a cost that rate limits did not take as it was. */
  readonly onBadCost: LimitCounts['onBadCost']
  /** The keys of an issuer have come, or cannot be fetched. */
  readonly onKeys: (event: KeysEvent) => void
  /** Runs the extensions of routes. Whoever made it closes it. */
  readonly extensions: Extensions
  /** Most client connections of this process; the listeners' own limits hold beside it. */
  readonly connectionCap: number
}

/** What is going on at a moment. */
export interface TrafficCounts {
  readonly connections: number
  readonly requests: number
  /** Connections accepted since the start. */
  readonly accepted: number
  /** Websockets and other upgrades that are open. */
  readonly tunnels: number
}

/** The traffic half of one process: listeners, routes and clusters as the last model said. */
export class Gateway {
  readonly registry: Registry
  readonly #traffic: Traffic
  readonly #listeners = new Map<string, Listener>()
  readonly #removed = new Set<Listener>()
  readonly #exchanges: ExchangePool
  readonly #materials = new Materials()
  readonly #dialer = new Dialer(this.#materials)
  readonly #passwords: PasswordChecker
  readonly #services: FilterServices
  readonly #extensions: Extensions

  constructor(deps: GatewayDeps) {
    const { clock, counters } = deps
    this.#extensions = deps.extensions
    this.#passwords = new PasswordChecker(clock, digestKey(deps.randomFill))
    this.#services = {
      materials: this.#materials,
      passwords: this.#passwords,
      clock,
      random: deps.random,
      jwt: new JwtRuntime({
        clock,
        random: deps.random,
        fetch: documentFetcher(this.#materials),
        text: (id) => this.#materials.text(id),
        onFetched: (result) => counters.keysFetched(result),
        onEvent: deps.onKeys,
      }),
      ask: (request, asked) => subrequest(this.#traffic, request, asked),
      verdicts: new VerdictMemory(clock, digestKey(deps.randomFill)),
      verdictCounts: {
        row: (cluster) => counters.clusterSeries(cluster),
        decided: (row, verdict) => counters.authDecided(row, verdict),
        reused: (row, how) => counters.verdictReused(row, how),
      },
      limiter: deps.limiter,
      concurrency: deps.concurrency,
      concurrencyCounts: {
        row: (route) => counters.routeSeries(route),
        count: (row, verdict) => counters.concurrencyLimited(row, verdict),
        onShadow: deps.onShadowLimit,
      },
      limits: {
        row: (route) => counters.routeSeries(route),
        count: (row, verdict) => counters.rateLimited(row, verdict),
        onShadow: deps.onShadowLimit,
        onBadCost: deps.onBadCost,
      },
    }
    this.registry = new Registry({
      clock,
      random: deps.random,
      resolve: deps.resolve,
      probe: deps.probe,
      open: openForCheck(this.#dialer),
      onEvent: deps.onUpstreamEvent,
      series: (id) => counters.clusterSeries(id),
    })
    const wheel = new TimerWheel(clock)
    this.#traffic = {
      clock,
      wheel,
      random: deps.random,
      ids: new RequestIds(deps.randomFill),
      observer: deps.observer,
      counters,
      registry: this.registry,
      materials: this.#materials,
      handshakes: new HandshakePace(),
      onRefused: deps.onRefused,
      onTlsUnavailable: deps.onTlsUnavailable,
      upstreamDeps: {
        wheel,
        now: () => clock.now(),
        dialer: this.#dialer,
        onConnected: (series, ms) => counters.upstreamConnected(series, ms),
        onConnectFailed: (series) => counters.upstreamConnectFailed(series),
      },
      onDefect: deps.onDefect,
      isFull: () => this.counts().connections >= deps.connectionCap,
      snapshot: { hash: '', table: buildTable<RouteRuntime>([], () => this.#never()) },
      draining: false,
      tunnels: new Set(),
      requests: 0,
      accepted: 0,
    }
    this.#exchanges = new ExchangePool(this.#traffic)
  }

  /** Hash of the model that is running; `""` before the first. */
  get hash(): string {
    return this.#traffic.snapshot.hash
  }

  /** The routes in force, for explain. */
  get table(): RoutingTable<RouteRuntime> {
    return this.#traffic.snapshot.table
  }

  /**
   * Lets clusters that are found by name find their endpoints before a change takes effect, and extensions start, so that no request
   * comes to what is not there yet. Settles at once when there are none, at the latest after 5 s for names and 10 s for extensions.
   */
  async prepare(difference: ModelDifference): Promise<void> {
    const named = difference.clusters.put.filter((cluster) => cluster.dns !== undefined)
    if (named.length > 0) this.#materials.take(difference.materials)
    await Promise.all([
      findEndpoints(named, this.registry, this.#traffic.clock),
      this.#extensions.prepare(difference.routes.put),
    ])
  }

  /** Takes what changed: keys and clusters first, so that routes find them, then the routes in one statement. */
  install(difference: ModelDifference): void {
    this.#materials.take(difference.materials)
    this.registry.apply({ put: difference.clusters.put, removed: [] })
    for (const spec of difference.listeners.put) this.#configure(spec.id, spec)
    const table = updateTable(this.#traffic.snapshot.table, difference.routes, (route) =>
      this.#runtime(route),
    )
    this.#traffic.snapshot = { hash: difference.hash, table }
    this.#extensions.forget(difference.routes)
    this.registry.apply({ put: [], removed: difference.clusters.removed })
    for (const id of difference.routes.removed) this.#traffic.counters.retireRoute(id)
    for (const id of difference.clusters.removed) this.#traffic.counters.retireCluster(id)
    for (const id of difference.listeners.removed) this.#remove(id)
    this.#materials.forget(difference.materials)
  }

  /** Takes other endpoints for some clusters: no route is looked at. */
  move(hash: string, members: readonly MemberEntry[]): void {
    for (const [id, endpoints] of members) this.registry.cluster(id)?.move(endpoints)
    this.#traffic.snapshot = { hash, table: this.table }
  }

  /**
   * Accepts for a listener of the installed model.
   *
   * @returns the bound port, 0 for a unix socket.
   * @throws {Error} when the model has no such listener, or what binding throws.
   */
  async listen(listenerId: string, on: ListenHandle): Promise<number> {
    const listener = this.#listeners.get(listenerId)
    if (listener === undefined) throw new Error(`no listener "${listenerId}" in the installed model`)
    return listener.listen(on)
  }

  /** Stops accepting for a listener; live connections go on. */
  unlisten(listenerId: string): void {
    this.#listeners.get(listenerId)?.unlisten()
  }

  /** Takes a connection that another process accepted for a listener, and from which nothing was read. */
  adopt(listenerId: string, socket: Socket): void {
    const listener = this.#listeners.get(listenerId)
    if (listener === undefined) socket.destroy()
    else listener.adopt(socket)
  }

  /** Answers carry `connection: close` from now on; everything else goes on. */
  startDraining(): void {
    this.#traffic.draining = true
  }

  /** Ends gracefully: resolves when no connection is left, at the latest at the deadline. */
  async drain(options: DrainOptions): Promise<void> {
    await drain(this.#traffic, this.#everyListener(), options)
    await this.registry[Symbol.asyncDispose]()
    this.#passwords.close()
  }

  counts(): TrafficCounts {
    let connections = 0
    for (const listener of this.#everyListener()) connections += listener.connections.size
    const { requests, accepted, tunnels } = this.#traffic
    return { connections, requests, accepted, tunnels: tunnels.size }
  }

  #everyListener(): Listener[] {
    return [...this.#listeners.values(), ...this.#removed]
  }

  #configure(id: string, spec: ModelDifference['listeners']['put'][number]): void {
    const known = this.#listeners.get(id)
    if (known === undefined) this.#listeners.set(id, new Listener(spec, this.#traffic, this.#exchanges))
    else known.configure(spec)
  }

  #remove(id: string): void {
    const listener = this.#listeners.get(id)
    if (listener === undefined) return
    listener.unlisten()
    this.#listeners.delete(id)
    for (const gone of this.#removed) if (gone.connections.size === 0) this.#removed.delete(gone)
    if (listener.connections.size > 0) this.#removed.add(listener)
    for (const connection of listener.connections) connection.close()
    planListenerLeaving(this.#traffic, id)
    this.#traffic.counters.retireListener(id)
  }

  #runtime(route: Route): RouteRuntime {
    const runtime = routeRuntime(
      route,
      this.#traffic.counters.routeSeries(route.id),
      buildFilters(route, this.#services),
      (id) => this.registry.cluster(id),
    )
    if (!hasExtensions(route)) return runtime
    return divided(runtime, this.#extensions.host(route), this.#exchanges)
  }

  #never(): never {
    throw new Error('assertion failed: an empty table builds no route')
  }
}
