import type { AdminListenSettings } from '../admin/admin-settings.ts'
import { ListeningSockets } from '../control/listening-sockets.ts'
import type { SourcesReport, ToldMembership } from '../control/loader-messages.ts'
import { MaterialVault } from '../control/material-vault.ts'
import type { Loaded } from '../control/reconciler.ts'
import { openSockets } from '../control/socket-set.ts'
import type { ReplicaCount } from '../limits/replicas/replica-count.ts'
import type { Model } from '../model/model.ts'
import type { Ms } from '../std/units.ts'
import { type MetricsSnapshot, mergeSnapshots } from '../telemetry/metrics-snapshot.ts'
import { ProcessMetrics } from '../telemetry/process-metrics.ts'
import type { AdminKeeper } from './admin-keeper.ts'
import { adminKeepers } from './admin-setup.ts'
import { ControlProcess } from './control-process.ts'
import type { ReplicaWatchDeps } from './replica-watch.ts'
import type { TrafficHalf } from './traffic-half.ts'
import { type NewTraffic, prepareTraffic, type TrafficSetup } from './traffic-setup.ts'

export interface GatewayRunDeps extends Omit<TrafficSetup, 'vault'> {
  readonly admin: AdminListenSettings | undefined
  /** What the operator named, for messages. */
  readonly file: string
  /** Told of every model that is in force in every worker. */
  readonly onInForce: (hash: string) => void
}

/** What was made or loaded before. */
interface Loads {
  readonly vault: MaterialVault
  readonly newTraffic: NewTraffic
  readonly watch: ((deps: ReplicaWatchDeps) => ReplicaCount | undefined) | undefined
}

/** A running gateway, from its first model to its end. */
export class GatewayRun {
  readonly #deps: GatewayRunDeps
  readonly #traffic: TrafficHalf
  readonly #sockets: ListeningSockets
  readonly #control: ControlProcess
  readonly #process: ProcessMetrics
  readonly #keepers: readonly AdminKeeper[]
  readonly #replicas: ReplicaCount | undefined

  static async create(deps: GatewayRunDeps): Promise<GatewayRun> {
    const vault = new MaterialVault()
    const newTraffic = await prepareTraffic({ ...deps, vault })
    const { redis } = deps.settings
    // Loaded where it is needed, as what carries traffic.
    const watch = redis === undefined ? undefined : (await import('./replica-watch.ts')).replicaWatch
    return new GatewayRun(deps, { vault, newTraffic, watch })
  }

  private constructor(deps: GatewayRunDeps, { vault, newTraffic, watch }: Loads) {
    const { clock, logger, metrics, settings, admin, file } = deps
    this.#deps = deps
    this.#process = new ProcessMetrics(clock.wall())
    this.#traffic = newTraffic(() => this.#sockets.current())
    this.#sockets = new ListeningSockets({
      clock,
      random: Math.random,
      open: (address, isOurs) => openSockets(address, settings.workers, isOurs),
      acceptors: this.#traffic,
      onChange: (change) => this.#control.onSocketChange(change),
    })
    this.#control = new ControlProcess({
      clock,
      logger,
      metrics,
      traffic: this.#traffic,
      sockets: this.#sockets,
      vault,
      file,
      onInForce: deps.onInForce,
      hostMetrics: () => this.#hostMetrics(),
    })
    this.#keepers = adminKeepers(this.#control, admin, settings.admin.health, { clock, logger })
    const { redis } = settings
    const onCount = (count: number): void => this.#traffic.setReplicas(count)
    this.#replicas = redis && watch?.({ clock, logger, metrics, redis, onCount })
  }

  /** Settles when the first model is in force and every socket has been tried once. */
  async start(first: Loaded): Promise<void> {
    this.#process.start()
    this.#traffic.start()
    // Nothing waits for a Redis that may be away.
    void this.#replicas?.start()
    await Promise.all([this.#control.receive(first), ...this.#keepers.map((keeper) => keeper.start())])
    const { ready, reasons } = this.#control.ready()
    if (ready) this.#deps.logger.info('ready')
    else this.#deps.logger.warn('not ready', { reasons })
    this.#control.started()
  }

  receive(loaded: Loaded): void {
    void this.#control.receive(loaded)
  }

  receiveMembership(told: ToldMembership): void {
    this.#control.receiveMembership(told)
  }

  onSources(report: SourcesReport): void {
    this.#control.onSources(report)
    if (report.gateways !== undefined) this.#replicas?.suppose(report.gateways)
  }

  model(): Model | undefined {
    return this.#control.model()
  }

  reopenLogs(): void {
    this.#traffic.reopenLogs()
  }

  /**
   * Finishes what is in flight, then closes everything.
   *
   * @param timeout instead of the configured one, and without the delay.
   */
  async stop(timeout?: Ms): Promise<void> {
    await Promise.all([this.#replicas?.close(), this.#control.drain(timeout)])
    for (const keeper of this.#keepers) await keeper[Symbol.asyncDispose]()
    this.#process[Symbol.dispose]()
  }

  kill(): void {
    this.#traffic.kill()
  }

  /** With one worker the traffic half speaks for this process already. */
  async #hostMetrics(): Promise<MetricsSnapshot> {
    return this.#deps.settings.workers === 1 ? mergeSnapshots([]) : this.#process.snapshot()
  }
}
