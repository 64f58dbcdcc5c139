import type { AdminListenSettings } from '../admin/admin-settings.ts'
import { ListeningSockets } from '../control/listening-sockets.ts'
import type { SourcesReport, ToldMembership } from '../control/loader-messages.ts'
import { MaterialVault } from '../control/material-vault.ts'
import type { Loaded } from '../control/reconciler.ts'
import { openSockets } from '../control/socket-set.ts'
import type { Model } from '../model/model.ts'
import type { Ms } from '../std/units.ts'
import { type MetricsSnapshot, mergeSnapshots } from '../telemetry/metrics-snapshot.ts'
import { ProcessMetrics } from '../telemetry/process-metrics.ts'
import type { AdminKeeper } from './admin-keeper.ts'
import { adminKeepers } from './admin-setup.ts'
import { ControlProcess } from './control-process.ts'
import type { TrafficHalf } from './traffic-half.ts'
import { type NewTraffic, prepareTraffic, type TrafficSetup } from './traffic-setup.ts'

export interface GatewayRunDeps extends Omit<TrafficSetup, 'vault'> {
  readonly admin: AdminListenSettings | undefined
  /** What the operator named, for messages. */
  readonly file: string
  /** Told of every model that is in force in every worker. */
  readonly onInForce: (hash: string) => void
}

/** A running gateway, from its first model to its end. */
export class GatewayRun {
  readonly #deps: GatewayRunDeps
  readonly #traffic: TrafficHalf
  readonly #sockets: ListeningSockets
  readonly #control: ControlProcess
  readonly #process: ProcessMetrics
  readonly #keepers: readonly AdminKeeper[]

  static async create(deps: GatewayRunDeps): Promise<GatewayRun> {
    const vault = new MaterialVault()
    return new GatewayRun(deps, vault, await prepareTraffic({ ...deps, vault }))
  }

  private constructor(deps: GatewayRunDeps, vault: MaterialVault, newTraffic: NewTraffic) {
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
  }

  /** Settles when the first model is in force and every socket has been tried once. */
  async start(first: Loaded): Promise<void> {
    this.#process.start()
    this.#traffic.start()
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
    await this.#control.drain(timeout)
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
