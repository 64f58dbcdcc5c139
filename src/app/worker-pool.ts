import type { WorkerStatus } from '../admin/admin-deps.ts'
import type { SocketSet } from '../control/socket-set.ts'
import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { DrainSettings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { type MetricsSnapshot, mergeSnapshots, withoutGauges } from '../telemetry/metrics-snapshot.ts'
import type { ClusterStatus } from '../upstream/cluster-status.ts'
import type { ExplainRequest, Explanation } from './explain.ts'
import type { Answer, Question } from './messages.ts'
import type { TrafficHalf } from './traffic-half.ts'
import type { FirstMessages, WorkerProcess } from './worker-process.ts'
import { type WorkerEvent, WorkerSlot, type WorkerSlotDeps } from './worker-slot.ts'

export interface WorkerPoolDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly size: number
  readonly launch: WorkerSlotDeps['launch']
  /** The whole of a model as a difference from nothing. */
  readonly whole: (model: Model) => ModelDifference
  /** The sockets a fresh worker listens on. */
  readonly sockets: () => ReadonlyMap<string, SocketSet>
  readonly onEvent: (event: WorkerEvent) => void
}

/** A scrape waits no longer for a busy worker; its last counts, at most a second or so old, stand in. */
const askTimeout: Ms = 1_000
/** What a worker may take beyond its drain before it is ended. */
const grace: Ms = 1_000

/** The worker processes: started, kept in step with the model, replaced when they die. */
export class WorkerPool implements TrafficHalf {
  readonly #deps: WorkerPoolDeps
  readonly #slots: readonly WorkerSlot[]
  readonly #waiting = new Set<() => void>()
  #model: Model | undefined
  /** Gateways that share the store of limits; `undefined` while nobody has counted them. */
  #replicas: number | undefined
  /** What workers that are gone had counted. */
  #buried: MetricsSnapshot = mergeSnapshots([])

  constructor(deps: WorkerPoolDeps) {
    this.#deps = deps
    this.#slots = Array.from({ length: deps.size }, (_, index) => this.#newSlot(index))
  }

  start(): void {
    for (const slot of this.#slots) slot.start()
  }

  install(difference: ModelDifference, model: Model): void {
    this.#model = model
    for (const worker of this.#workers()) worker.install(difference)
  }

  move(change: MembershipChange, model: Model): void {
    this.#model = model
    for (const worker of this.#workers()) worker.move(change)
  }

  listen(listener: string, sockets: SocketSet, former: SocketSet | undefined): void {
    for (const worker of this.#workers()) worker.listen(listener, sockets)
    if (former !== undefined) void this.#retire(listener, former)
  }

  async unlisten(listener: string, sockets: SocketSet): Promise<void> {
    for (const worker of this.#workers()) worker.unlisten(listener)
    await this.#retire(listener, sockets)
  }

  settled(): Promise<void> {
    return this.#until(() => this.#slots.every(({ current }) => current === undefined || current.isSettled))
  }

  isServing(): boolean {
    return this.#slots.some(({ current }) => current?.state === 'ready')
  }

  async metrics(): Promise<MetricsSnapshot> {
    await this.#askAll({ kind: 'metrics' }, (worker, answer) => {
      if (answer.kind === 'metrics') worker.metrics = answer.snapshot
    })
    return mergeSnapshots([this.#buried, ...this.#workers().flatMap(({ metrics }) => metrics ?? [])])
  }

  async clusters(): Promise<readonly (readonly ClusterStatus[])[]> {
    const lists: (readonly ClusterStatus[])[] = []
    await this.#askAll({ kind: 'clusters' }, (_, answer) => {
      if (answer.kind === 'clusters') lists.push(answer.clusters)
    })
    return lists
  }

  async brokenExtensions(): Promise<readonly BrokenExtension[]> {
    await this.#askAll({ kind: 'brokenExtensions' }, (worker, answer) => {
      if (answer.kind === 'brokenExtensions') worker.brokenExtensions = answer.broken
    })
    return this.#slots.flatMap(({ current }) => current?.brokenExtensions ?? [])
  }

  async explain(request: ExplainRequest): Promise<Explanation | undefined> {
    for (const { current } of this.#slots) {
      const answer = await current?.ask({ kind: 'explain', request }, askTimeout)
      if (answer?.kind === 'explain') return answer.explanation
    }
    return undefined
  }

  workers(): readonly WorkerStatus[] {
    return this.#workers().map(({ place, pid, state }) => ({ worker: place.index, pid, state }))
  }

  reopenLogs(): void {
    for (const worker of this.#workers()) worker.reopenLogs()
  }

  setReplicas(count: number): void {
    this.#replicas = count
    for (const worker of this.#workers()) worker.setReplicas(count)
  }

  async drain(times: DrainSettings, sockets: ReadonlyMap<string, SocketSet>): Promise<void> {
    const { delay, timeout } = times
    for (const slot of this.#slots) slot.close()
    const deadline = this.#deps.clock.setTimeout(() => this.kill(), delay + timeout + grace)
    await this.#askAll({ kind: 'stopAccepting', delayMs: delay }, () => {}, delay + askTimeout)
    const retired = [...sockets].map(([listener, set]) => this.#adoptLast(listener, set))
    await Promise.all(retired)
    for (const worker of this.#workers()) worker.drain(times)
    await this.#until(() => this.#workers().length === 0)
    this.#deps.clock.clearTimeout(deadline)
  }

  kill(): void {
    for (const slot of this.#slots) slot.close()
    for (const worker of this.#workers()) worker.kill()
  }

  /** Once every worker has let go of the sockets, what waits in them is handed out and they are closed. */
  async #retire(listener: string, sockets: SocketSet): Promise<void> {
    await this.settled()
    await this.#adoptLast(listener, sockets)
  }

  /** The workers, in turn, serve what still waited. */
  async #adoptLast(listener: string, sockets: SocketSet): Promise<void> {
    const waited = await sockets.retire()
    const able = this.#workers().filter((worker) => worker.canAdopt)
    for (const [i, socket] of waited.entries()) {
      const worker = able[i % able.length]
      if (worker === undefined) socket.destroy()
      else worker.adopt(listener, socket)
    }
  }

  #newSlot(index: number): WorkerSlot {
    const { clock, random, launch, onEvent } = this.#deps
    return new WorkerSlot({
      clock,
      random,
      index,
      launch,
      onEvent,
      first: () => this.#first(),
      drainTimes: () => this.#model?.settings.drain ?? { delay: 0, timeout: 0, websockets: 0 },
      onChange: (worker) => this.#onChange(worker),
    })
  }

  #first(): FirstMessages | undefined {
    if (this.#model === undefined) return undefined
    const difference = this.#deps.whole(this.#model)
    return { difference, sockets: this.#deps.sockets(), replicas: this.#replicas }
  }

  #onChange(worker: WorkerProcess): void {
    if (worker.state === 'gone' && worker.metrics !== undefined) {
      this.#buried = mergeSnapshots([this.#buried, withoutGauges(worker.metrics)])
      worker.metrics = undefined
    }
    for (const check of this.#waiting) check()
  }

  #workers(): WorkerProcess[] {
    return this.#slots.flatMap((slot) => slot.all())
  }

  async #askAll(
    question: Question,
    take: (worker: WorkerProcess, answer: Answer) => void,
    timeout: Ms = askTimeout,
  ): Promise<void> {
    const asked = this.#workers().map(async (worker) => {
      const answer = await worker.ask(question, timeout)
      if (answer !== undefined) take(worker, answer)
    })
    await Promise.all(asked)
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }
}
