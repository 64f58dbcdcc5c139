import type { AdminDeps, ExplainQuery, Readiness, WorkerClusters, WorkerStatus } from '../admin/admin-deps.ts'
import { listenerUrl } from '../control/address-text.ts'
import { bindProblem } from '../control/bind-problem.ts'
import { CertificateWatch } from '../control/certificate-watch.ts'
import type { ListeningSockets, SocketChange } from '../control/listening-sockets.ts'
import type { SourcesReport, ToldMembership } from '../control/loader-messages.ts'
import type { MaterialVault } from '../control/material-vault.ts'
import { type Loaded, Reconciler } from '../control/reconciler.ts'
import { printAddress } from '../model/address.ts'
import { isExtension } from '../model/filters/extension.ts'
import type { Listener, SocketAddress } from '../model/listener.ts'
import { certificatesOf } from '../model/material-ids.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import { type Problem, printProblem } from '../model/problem.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { ControlMetrics } from '../telemetry/control-metrics.ts'
import { renderMetrics } from '../telemetry/exposition.ts'
import type { Logger } from '../telemetry/log.ts'
import { type MetricsSnapshot, mergeSnapshots } from '../telemetry/metrics-snapshot.ts'
import { extensionProblems } from './extension-problems.ts'
import type { TrafficHalf } from './traffic-half.ts'
import { type VersionFacts, versionFacts } from './version.ts'

export interface ControlProcessDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ControlMetrics
  readonly traffic: TrafficHalf
  readonly sockets: ListeningSockets
  readonly vault: MaterialVault
  /** The file or folder the operator named. */
  readonly file: string
  /** Told of every model that is in force in every worker. */
  readonly onInForce: (hash: string) => void
  /** What the host says of this process; nothing when the traffic half says it already. */
  readonly hostMetrics: () => Promise<MetricsSnapshot>
}

/** What hears: brings what was loaded to those who carry traffic, and answers for the whole. */
export class ControlProcess implements AdminDeps {
  readonly #deps: ControlProcessDeps
  readonly #reconciler: Reconciler
  readonly #certificates: CertificateWatch
  #state: 'starting' | 'ready' | 'draining' = 'starting'
  /** Sources that have not told everything yet. */
  #waitingFor: readonly string[] = []
  #isStarted = false
  #sources: SourcesReport = { sources: [], isLeader: undefined }
  /** Problems that were logged when they came up, of sources that tell all of them again with each change. */
  #logged: ReadonlySet<string> = new Set()
  /** Settles when what was received last is in force everywhere. */
  #applied: Promise<void> = Promise.resolve()

  constructor(deps: ControlProcessDeps) {
    this.#deps = deps
    this.#reconciler = new Reconciler({
      file: deps.file,
      otherProblems: () => [...deps.sockets.failures().map(bindProblem), ...this.#certificates.problems()],
      install: (difference, model) => this.#install(difference, model),
      move: (change, model) => this.#move(change, model),
    })
    this.#certificates = new CertificateWatch({
      clock: deps.clock,
      model: () => this.model(),
      onFault: ({ stage, problem }) =>
        deps.logger[stage === 'expired' ? 'error' : 'warn'](printProblem(problem)),
    })
  }

  /** Takes what was loaded; settles when it is in force everywhere and every socket has been tried. */
  receive(loaded: Loaded): Promise<void> {
    if (this.#state === 'draining') return this.#applied
    const { clock, logger, metrics } = this.#deps
    this.#waitingFor = loaded.waitingFor
    const reconciled = this.#reconciler.receive(loaded)
    const counts = countProblems(this.#reconciler.problems())
    this.#logProblems(loaded)
    if (reconciled === 'kept last good') {
      metrics.configFailed(counts)
      logger.error('the configuration was refused and the last good one stays', { errors: counts.errors })
    } else {
      const hash = this.#hash()
      if (loaded.what === 'files') metrics.configLoaded(hash, counts, clock.wall())
      else metrics.changesLoaded(hash, counts, clock.wall())
      if (reconciled === 'unchanged' && loaded.what === 'files')
        logger.info('the configuration says what it said before')
    }
    return this.#applied
  }

  /** Takes endpoints that changed. They are in force a moment later, and a new worker gets them with its first model. */
  receiveMembership(told: ToldMembership): void {
    if (this.#state === 'draining') return
    const { metrics, clock } = this.#deps
    this.#reconciler.receiveMembership(told)
    const { problems } = told
    if (problems !== undefined) this.#logProblems({ problems, what: 'changes' })
    const counts = problems === undefined ? undefined : countProblems(this.#reconciler.problems())
    metrics.changesLoaded(this.#hash(), counts, clock.wall())
  }

  /** Told by the sockets: each failure once, for it is tried again and again. */
  onSocketChange(change: SocketChange): void {
    const { logger } = this.#deps
    switch (change.kind) {
      case 'bound':
        void this.#tellBound(change.listener, change.address)
        return
      case 'closed':
        return logger.info(`listener ${change.listener} is gone from ${printAddress(change.address)}`)
      case 'failed':
        if (change.failure.attempt === 1) logger.error(printProblem(bindProblem(change.failure)))
    }
  }

  /** How the sources stand. */
  onSources(report: SourcesReport): void {
    this.#sources = report
    this.#deps.metrics.sources(report.sources, report.isLeader)
  }

  ready(): Readiness {
    const reasons: string[] = []
    if (this.#state === 'draining') reasons.push('draining')
    if (this.#state === 'starting') reasons.push('no complete configuration yet')
    for (const name of this.#state === 'starting' ? this.#waitingFor : []) reasons.push(`waiting for ${name}`)
    if (this.#state !== 'starting' && !this.#deps.traffic.isServing()) reasons.push('no worker is ready')
    if (this.#state === 'ready' && this.#isDeaf()) reasons.push('no listener could be bound')
    return { ready: reasons.length === 0, reasons }
  }

  model(): Model | undefined {
    return this.#reconciler.model
  }

  async problems(): Promise<readonly Problem[]> {
    const hasExtensions = this.model()?.routes.some(({ filters }) => filters.some(isExtension)) ?? false
    const broken = hasExtensions ? await this.#deps.traffic.brokenExtensions() : []
    return [...this.#reconciler.problems(), ...extensionProblems(broken)]
  }

  sources(): SourcesReport {
    return this.#sources
  }

  explain(query: ExplainQuery): Promise<unknown> {
    return this.#deps.traffic.explain(query)
  }

  async clusters(): Promise<readonly WorkerClusters[]> {
    const lists = await this.#deps.traffic.clusters()
    return lists.map((clusters, worker) => ({ worker, clusters }))
  }

  workers(): readonly WorkerStatus[] {
    return this.#deps.traffic.workers()
  }

  async metrics(): Promise<string> {
    const { traffic, metrics, hostMetrics } = this.#deps
    metrics.workersRunning(traffic.workers().length)
    const [carried, host] = await Promise.all([traffic.metrics(), hostMetrics()])
    return renderMetrics(mergeSnapshots([carried, host, metrics.snapshot()]))
  }

  version(): VersionFacts {
    return versionFacts()
  }

  onError(error: unknown): void {
    this.#deps.logger.error('a mistake of the admin interface; please report it', { error })
  }

  /**
   * Stops being ready, and settles when the last request has been answered or its time is over.
   *
   * @param atMost instead of the configured times.
   */
  async drain(atMost: Ms | undefined): Promise<void> {
    this.#state = 'draining'
    this.#certificates[Symbol.dispose]()
    const { traffic, sockets } = this.#deps
    const configured = this.model()?.settings.drain ?? { delay: 0, timeout: 0, websockets: 0 }
    const times = atMost === undefined ? configured : { delay: 0, timeout: atMost, websockets: atMost }
    sockets.stop()
    await traffic.drain(times, sockets.current())
  }

  #install(difference: ModelDifference, model: Model): void {
    const { clock, logger, traffic, sockets, vault, file } = this.#deps
    const began = clock.now()
    const waiting = this.#waitingFor.length
    vault.put(difference)
    const apply = async (): Promise<void> => {
      await sockets.apply(model.listeners, () => traffic.install(difference, model))
      await traffic.settled()
      if (this.#state === 'starting' && waiting === 0) this.#becomeReady()
      this.#lookAtMaterials(model)
      const { routes, clusters, listeners } = model
      const counts = { routes: routes.length, clusters: clusters.length, listeners: listeners.length }
      this.#deps.onInForce(model.hash)
      if (waiting > 0) return
      logger.info('configuration in force', {
        file,
        hash: model.hash,
        ...counts,
        ms: Math.round(clock.now() - began),
      })
    }
    this.#applied = apply().catch((error: unknown) => {
      logger.error('a configuration could not be put in force; please report it', { error })
    })
  }

  #move(change: MembershipChange, model: Model): void {
    this.#deps.traffic.move(change, model)
    this.#deps.logger.debug('endpoints changed', { hash: model.hash })
  }

  /** Keys and certificates: of the newest model, which may have come while this one was put in force. */
  #lookAtMaterials(model: Model): void {
    this.#deps.vault.keepOnly(this.model() ?? model)
    this.#deps.metrics.certificates(certificatesOf(model))
    this.#certificates.look()
  }

  /** The first start tells it by itself, when everything has been tried; a source may come later. */
  #becomeReady(): void {
    this.#state = 'ready'
    if (this.#isStarted) this.#deps.logger.info('ready')
  }

  /** The start is over, and somebody has said whether it went well. */
  started(): void {
    this.#isStarted = true
  }

  /** Files tell their problems each time they are read; of what sources tell, only news is news. */
  #logProblems({ problems, what }: Pick<Loaded, 'problems' | 'what'>): void {
    const { logger } = this.#deps
    const lines = new Map(problems.map((problem) => [printProblem(problem), problem]))
    for (const [line, problem] of lines) {
      if (what !== 'files' && this.#logged.has(line)) continue
      logger[levelOf(problem)](line)
    }
    this.#logged = new Set(lines.keys())
  }

  /** A person, or a test, that reads the line may connect at once. */
  async #tellBound(listener: Listener, address: SocketAddress): Promise<void> {
    const { traffic, logger } = this.#deps
    await traffic.settled()
    logger.info(`listener ${listener.id} on ${listenerUrl(listener, address)}`, {
      listener: listener.id,
      address: printAddress(address),
    })
  }

  /** Hashes are base64url; the metric wants a number made of hexadecimal digits. */
  #hash(): string {
    return Buffer.from(this.model()?.hash ?? '', 'base64url').toString('hex')
  }

  #isDeaf(): boolean {
    const listeners = this.model()?.listeners ?? []
    return listeners.length > 0 && this.#deps.sockets.current().size === 0
  }
}

function levelOf({ severity }: Problem): 'error' | 'warn' {
  return severity === 'error' ? 'error' : 'warn'
}

function countProblems(problems: readonly Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return { errors, warnings: problems.length - errors }
}
