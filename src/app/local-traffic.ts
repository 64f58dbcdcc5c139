import type { Socket } from 'node:net'
import type { WorkerStatus } from '../admin/admin-deps.ts'
import type { SocketSet } from '../control/socket-set.ts'
import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { ModelDifference } from '../model/model.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { DrainSettings } from '../model/settings.ts'
import { systemClock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import type { MetricsSnapshot } from '../telemetry/metrics-snapshot.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'
import { closeWithHelper } from './closing.ts'
import type { ExplainRequest, Explanation } from './explain.ts'
import type { TrafficHalf } from './traffic-half.ts'
import { TrafficProcess, type TrafficProcessDeps } from './traffic-process.ts'

export function newLocalTraffic(deps: Omit<TrafficProcessDeps, 'offices'>): LocalTraffic {
  return new LocalTraffic(new TrafficProcess({ ...deps, offices: undefined }), deps.logger)
}

/** Traffic carried by this very process: with one worker there is nobody to hand sockets to. */
export class LocalTraffic implements TrafficHalf {
  readonly #traffic: TrafficProcess
  readonly #logger: Logger
  /** What was told runs in order; some of it waits for the event loop. */
  #queue: Promise<void>
  #draining = false

  constructor(traffic: TrafficProcess, logger: Logger) {
    this.#traffic = traffic
    this.#logger = logger
    this.#queue = Promise.resolve()
  }

  start(): void {
    this.#then('start', () => this.#traffic.start())
  }

  install(difference: ModelDifference): void {
    this.#then('install', () => this.#traffic.install(difference))
  }

  move(change: MembershipChange): void {
    this.#then('move endpoints', () => this.#traffic.move(change))
  }

  /** From here on the server of the listener owns the socket: it accepts on this very one, not on a copy. */
  listen(listener: string, sockets: SocketSet): void {
    const handle = sockets.forWorker(0)
    sockets.hold()
    if (handle !== undefined) this.#then('listen', () => this.#traffic.listen(listener, handle))
  }

  unlisten(listener: string): Promise<void> {
    this.#then('unlisten', () => this.#traffic.unlisten(listener))
    return this.#queue
  }

  settled(): Promise<void> {
    return this.#queue
  }

  isServing(): boolean {
    return this.#traffic.hash !== ''
  }

  metrics(): Promise<MetricsSnapshot> {
    return this.#traffic.metrics()
  }

  clusters(): Promise<readonly (readonly ClusterStatus[])[]> {
    return Promise.resolve([this.#traffic.clusters()])
  }

  brokenExtensions(): Promise<readonly BrokenExtension[]> {
    return Promise.resolve(this.#traffic.brokenExtensions())
  }

  explain(request: ExplainRequest): Promise<Explanation | undefined> {
    return Promise.resolve(this.isServing() ? this.#traffic.explain(request) : undefined)
  }

  workers(): readonly WorkerStatus[] {
    const state = this.#draining ? 'draining' : this.isServing() ? 'ready' : 'starting'
    return [{ worker: 0, pid: process.pid, state }]
  }

  reopenLogs(): void {
    this.#then('reopen logs', () => this.#traffic.reopenLogs())
  }

  setReplicas(count: number): void {
    this.#traffic.setReplicas(count)
  }

  async drain(times: DrainSettings, sockets: ReadonlyMap<string, SocketSet>): Promise<void> {
    const traffic = this.#traffic
    this.#draining = true
    await traffic.goOn(times.delay)
    if (sockets.size > 0 && traffic.isBusy()) {
      const adopt = (listener: string, socket: Socket): void => traffic.adopt(listener, socket)
      await closeWithHelper({ clock: systemClock, sockets, letGo: () => traffic.stopAccepting(), adopt })
    }
    await traffic.drain(times)
  }

  /** The process ends next, and everything with it. */
  kill(): void {}

  #then(what: string, run: () => unknown): void {
    this.#queue = this.#after(this.#queue, what, run)
  }

  async #after(before: Promise<void>, what: string, run: () => unknown): Promise<void> {
    await before
    try {
      await run()
    } catch (error) {
      this.#logger.error(`could not ${what}; please report it`, { error })
    }
  }
}
