import { randomFillSync } from 'node:crypto'
import type { Socket } from 'node:net'
import type { BrokenExtension } from '../extend/broken-extension.ts'
import { ByStore } from '../limits/concurrency/by-store.ts'
import type { Concurrency } from '../limits/concurrency/permits.ts'
import type { SharedLimits } from '../limits/create-limiter.ts'
import type { RunningLimiter } from '../limits/limiter.ts'
import type { Listener } from '../model/listener.ts'
import type { ModelDifference } from '../model/model.ts'
import type { Outcome } from '../model/outcome.ts'
import { type MembershipChange, membersOf } from '../model/replace-endpoints.ts'
import type { AccessLogRule } from '../model/route.ts'
import type { DrainSettings } from '../model/settings.ts'
import { Gateway } from '../proxy/gateway.ts'
import { healthProbe } from '../proxy/grpc/probe.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { AccessLog } from '../telemetry/access-log.ts'
import { limitSnapshot } from '../telemetry/limit-metrics.ts'
import type { Logger } from '../telemetry/log.ts'
import { type MetricsSnapshot, mergeSnapshots } from '../telemetry/metrics-snapshot.ts'
import { ProcessMetrics } from '../telemetry/process-metrics.ts'
import { TrafficMetrics } from '../telemetry/traffic-metrics.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'
import { systemResolve } from '../upstream/dns/system-resolve.ts'
import { type ExplainRequest, type Explanation, explainRequest } from './explain.ts'
import { runningCluster } from './explained-cluster.ts'
import { keysLog } from './keys-log.ts'
import { badCostLog, shadowLimitLog } from './limit-log.ts'
import type { WorkerPlace } from './messages.ts'
import type { OfficeLinks } from './office-link.ts'
import { ProcessExtensions } from './process-extensions.ts'
import { processConcurrency, processLimiter } from './process-limiter.ts'
import { sharedLimits } from './shared-limits.ts'
import { upstreamEventLog } from './upstream-event-log.ts'

export interface TrafficProcessDeps {
  readonly clock: Clock
  readonly place: WorkerPlace
  readonly logger: Logger
  /** The ways to who counts for all workers; `undefined` for the only process. */
  readonly offices: OfficeLinks | undefined
}

/** Everything one process needs to carry traffic: the gateway, its access log and its counts. */
export class TrafficProcess {
  readonly #deps: TrafficProcessDeps
  readonly #gateway: Gateway
  readonly #metrics = new TrafficMetrics()
  readonly #process: ProcessMetrics
  readonly #accessLog: AccessLog
  readonly #shared: SharedLimits | undefined
  readonly #limiter: RunningLimiter
  readonly #extensions: ProcessExtensions
  readonly #concurrency: Concurrency
  readonly #rules = new Map<string, AccessLogRule>()
  readonly #listeners = new Map<string, Listener>()
  /** What the host said of this process when it was last asked. */
  #host: MetricsSnapshot = mergeSnapshots([])

  constructor(deps: TrafficProcessDeps) {
    const { clock, place, logger } = deps
    this.#deps = deps
    this.#shared = sharedLimits({ clock, random: Math.random, logger, place })
    this.#limiter =
      this.#shared?.limiter ??
      processLimiter({ clock, workers: place.settings.workers, office: deps.offices?.leases })
    const inMemory = processConcurrency({
      clock,
      workers: place.settings.workers,
      office: deps.offices?.permits,
    })
    this.#concurrency =
      this.#shared === undefined ? inMemory : new ByStore(inMemory, this.#shared.concurrency)
    const drainMs = place.settings.drain.timeout
    this.#extensions = new ProcessExtensions({ clock, logger, drainMs })
    this.#process = new ProcessMetrics(clock.wall())
    this.#accessLog = new AccessLog({
      settings: place.settings.accessLog,
      ruleOf: (route) => this.#rules.get(route),
      clock,
      random: Math.random,
      onDropped: (lines) => this.#metrics.logLinesDropped('access', lines),
    })
    this.#gateway = new Gateway({
      clock,
      random: Math.random,
      randomFill: (bytes) => randomFillSync(bytes),
      resolve: systemResolve(),
      probe: healthProbe(),
      observer: { onEnd: (outcome) => this.#onEnd(outcome) },
      counters: this.#metrics,
      onUpstreamEvent: upstreamEventLog(logger),
      onDefect: (error, requestId) =>
        logger.error('a mistake of the gateway hit a request; please report it', { error, requestId }),
      onRefused: ({ reason, ...facts }) => logger.debug(`connection refused: ${reason}`, facts),
      onTlsUnavailable: (listener, error) =>
        logger.error(`listener ${listener} refuses server names whose TLS cannot be set up`, { error }),
      limiter: this.#limiter,
      concurrency: this.#concurrency,
      onShadowLimit: shadowLimitLog(logger, clock),
      onBadCost: badCostLog(logger, clock),
      onKeys: keysLog(logger),
      extensions: this.#extensions,
      connectionCap: place.connectionCap,
    })
  }

  /** Hash of the model in force; `""` before the first. */
  get hash(): string {
    return this.#gateway.hash
  }

  /** Opens the access log; a file that cannot be opened is logged, and carries no traffic away with it. */
  async start(): Promise<void> {
    this.#process.start()
    await this.#openLog(() => this.#accessLog.start())
    await this.#limiter.start()
  }

  /** @throws {Error} for a difference that does not start from the model in force. */
  async install(difference: ModelDifference): Promise<void> {
    this.#expect(difference.from)
    await this.#gateway.prepare(difference)
    for (const route of difference.routes.put) this.#rules.set(route.id, route.accessLog)
    for (const listener of difference.listeners.put) this.#listeners.set(listener.id, listener)
    for (const id of difference.listeners.removed) this.#listeners.delete(id)
    this.#gateway.install(difference)
    for (const id of difference.routes.removed) this.#rules.delete(id)
  }

  /** @throws {Error} as with `install`. */
  move(change: MembershipChange): void {
    this.#expect(change.from)
    this.#gateway.move(change.hash, membersOf(change))
  }

  /** @returns the bound port; 0 for a unix socket. */
  async listen(listener: string, handle: object): Promise<number> {
    await emptyQueue()
    return this.#gateway.listen(listener, { kind: 'handle', handle })
  }

  async unlisten(listener: string): Promise<void> {
    await emptyQueue()
    this.#gateway.unlisten(listener)
  }

  /** Serves a connection that was accepted elsewhere for a listener. */
  adopt(listener: string, socket: Socket): void {
    this.#gateway.adopt(listener, socket)
  }

  /** Whether there is a connection. */
  isBusy(): boolean {
    return this.#gateway.counts().connections > 0
  }

  /** Goes on for `delayMs`, with answers that say `connection: close` from now on. */
  async goOn(delayMs: Ms): Promise<void> {
    this.#gateway.startDraining()
    if (delayMs === 0) return
    await new Promise<void>((resolve) => {
      this.#deps.clock.setTimeout(resolve, delayMs)
    })
  }

  /** Accepts no more, and leaves queues as they are: somebody else has the sockets, too. */
  stopAccepting(): void {
    for (const listener of this.#listeners.keys()) this.#gateway.unlisten(listener)
  }

  setReplicas(count: number): void {
    this.#limiter.setReplicas(count)
    this.#shared?.concurrency.setReplicas(count)
  }

  async reopenLogs(): Promise<void> {
    await this.#openLog(() => this.#accessLog.reopen())
  }

  clusters(): readonly ClusterStatus[] {
    return this.#gateway.registry.describe()
  }

  brokenExtensions(): readonly BrokenExtension[] {
    return this.#extensions.broken()
  }

  explain(request: ExplainRequest): Explanation {
    const { table, registry } = this.#gateway
    return explainRequest(request, {
      listeners: [...this.#listeners.values()],
      table,
      cluster: (id) => {
        const cluster = registry.cluster(id)
        return cluster === undefined ? undefined : runningCluster(cluster)
      },
    })
  }

  /** All counts, with the clusters' and the host's as they are now. */
  async metrics(): Promise<MetricsSnapshot> {
    for (const cluster of this.#gateway.registry.describe()) {
      this.#metrics.describeCluster(this.#metrics.clusterSeries(cluster.id), gaugesOf(cluster))
    }
    this.#host = await this.#process.snapshot()
    return this.countsSoFar()
  }

  /** What was counted, at the least cost: enough for not losing it. */
  countsSoFar(): MetricsSnapshot {
    return mergeSnapshots([
      this.#metrics.snapshot(),
      this.#host,
      this.#extensions.snapshot(),
      limitSnapshot(this.#limiter.counters, this.#concurrency.inFlight),
    ])
  }

  /** Accepts no more; settles when the last connection has ended, at the latest after the timeout, and the log is written. */
  async drain({ timeout, websockets }: DrainSettings): Promise<void> {
    await this.#gateway.drain({ delayMs: 0, timeoutMs: timeout, websocketsMs: websockets })
    await this.#shared?.concurrency.close()
    await this.#limiter.close()
    await this.#extensions.close()
    await this.#accessLog.close()
  }

  #expect(from: string): void {
    if (from !== this.hash)
      throw new Error(`the change starts from model "${from}", and "${this.hash}" is in force`)
  }

  #onEnd(outcome: Outcome): void {
    this.#metrics.onEnd(outcome)
    if (this.#isLogged(outcome)) this.#accessLog.onEnd(outcome)
  }

  /** Requests have rules by route; the connections of a TCP listener have one of their own. */
  #isLogged(outcome: Outcome): boolean {
    if (outcome.protocol !== 'TCP') return true
    const role = this.#listeners.get(outcome.listener)?.role
    return role?.kind !== 'tcp' || role.accessLog === 'on'
  }

  async #openLog(open: () => Promise<void>): Promise<void> {
    try {
      await open()
    } catch (error) {
      const { to } = this.#deps.place.settings.accessLog
      this.#deps.logger.error(`the access log "${to}" cannot be opened; its lines are held, then dropped`, {
        error,
      })
    }
  }
}

function gaugesOf(cluster: ClusterStatus) {
  return {
    endpoints: cluster.endpoints.length,
    unavailable: cluster.endpoints.filter(({ state }) => state === 'unhealthy' || state === 'ejected').length,
    connections: cluster.connections,
    idleConnections: cluster.endpoints.reduce((sum, { idle }) => sum + idle, 0),
    activeRequests: cluster.activeRequests,
    pendingRequests: cluster.pending,
  }
}

/** Two turns of the event loop: connections that wait in the queue have been told that they are connected, and are accepted. */
async function emptyQueue(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
