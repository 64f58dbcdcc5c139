import type { ChildProcess, Serializable } from 'node:child_process'
import type { Socket } from 'node:net'
import type { SocketSet } from '../control/socket-set.ts'
import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { PermitLedger, PermitOffice } from '../limits/concurrency/permit-office.ts'
import type { LeaseOffice } from '../limits/leases/lease-office.ts'
import type { ModelDifference } from '../model/model.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { DrainSettings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { MetricsSnapshot } from '../telemetry/metrics-snapshot.ts'
import type { Answer, FromWorker, Question, ToWorker, WorkerPlace } from './messages.ts'
import { PendingAnswers } from './pending-answers.ts'

/** What a worker's keeper hears of it. */
export interface WorkerEvents {
  /** It has done what it was told so far. The first time, it has the model and listens on the sockets there were. */
  onSettled(worker: WorkerProcess): void
  onRetire(worker: WorkerProcess, why: string): void
  onFailed(worker: WorkerProcess, what: string, message: string): void
  /** It is gone; `how` is `exit code 1` or `signal SIGKILL`. */
  onExit(worker: WorkerProcess, how: string): void
}

export interface WorkerProcessDeps {
  readonly clock: Clock
  readonly child: ChildProcess
  readonly offices: Offices
  readonly place: WorkerPlace
  /** The whole model and the sockets, asked for when the worker is up; `undefined` while there is no model. */
  readonly first: () => FirstMessages | undefined
  readonly events: WorkerEvents
}

/** Who counts for all workers. */
export interface Offices {
  readonly leases: LeaseOffice
  readonly permits: PermitOffice
}

export interface FirstMessages {
  readonly difference: ModelDifference
  readonly sockets: ReadonlyMap<string, SocketSet>
  /** Gateways that share the store of limits; `undefined` while nobody has counted them. */
  readonly replicas: number | undefined
}

/** One traffic process, seen from the control process. */
export class WorkerProcess {
  readonly place: WorkerPlace
  /** By the clock's `now`. */
  readonly startedAt: number
  /** `starting` until it is ready; `draining` once it was told to end. */
  state: 'starting' | 'ready' | 'draining' | 'gone' = 'starting'
  /** It was told to end. */
  wasDrained = false
  /** Its counts as it last told them. */
  metrics: MetricsSnapshot | undefined
  /** Its extensions that cannot start, as it last told them. */
  brokenExtensions: readonly BrokenExtension[] = []
  readonly #deps: WorkerProcessDeps
  readonly #asked: PendingAnswers<Answer>
  readonly #permits: PermitLedger
  /** Confirmations to come. */
  #awaited = 0
  #isUp = false
  /** Whether it has been given its first messages; what happens before is part of those. */
  #hasFirst = false

  constructor(deps: WorkerProcessDeps) {
    this.#deps = deps
    this.place = deps.place
    this.#asked = new PendingAnswers(deps.clock)
    this.#permits = deps.offices.permits.open()
    this.startedAt = deps.clock.now()
  }

  get pid(): number {
    return this.#deps.child.pid ?? 0
  }

  start(): void {
    const { child, place } = this.#deps
    child.on('message', (message: Serializable) => this.#onMessage(message as unknown as FromWorker))
    child.on('error', (error) => this.#deps.events.onFailed(this, 'start', error.message))
    child.on('exit', (code, signal) =>
      this.#onExit(signal === null ? `exit code ${code}` : `signal ${signal}`),
    )
    this.#send({ kind: 'start', place })
  }

  get isSettled(): boolean {
    return this.#hasFirst && this.#awaited === 0
  }

  install(difference: ModelDifference): void {
    if (!this.#hasFirst) this.#sendFirst()
    else this.#sendInstall(difference)
  }

  /** One that has no model yet will get one with these endpoints in it. */
  move(change: MembershipChange): void {
    if (this.#hasFirst) this.#send({ kind: 'move', change })
  }

  listen(listener: string, sockets: SocketSet): void {
    if (this.#hasFirst && this.state !== 'draining') this.#sendSocket(listener, sockets)
  }

  unlisten(listener: string): void {
    if (!this.#hasFirst) return
    this.#awaited++
    this.#send({ kind: 'unlisten', listener })
  }

  /** Whether it can be given connections. */
  get canAdopt(): boolean {
    return this.#hasFirst && this.state !== 'gone' && this.#deps.child.connected
  }

  adopt(listener: string, socket: Socket): void {
    this.#deps.child.send({ kind: 'adopt', listener }, socket, () => socket.destroy())
  }

  /** One that has no model yet is told with it. */
  setReplicas(count: number): void {
    if (this.#hasFirst) this.#send({ kind: 'replicas', count })
  }

  reopenLogs(): void {
    this.#send({ kind: 'reopenLogs' })
  }

  drain(times: DrainSettings): void {
    if (this.state === 'draining' || this.state === 'gone') return
    this.state = 'draining'
    this.wasDrained = true
    this.#send({ kind: 'drain', times })
  }

  kill(): void {
    this.#deps.child.kill('SIGKILL')
  }

  /** Gives `undefined` when it did not answer in time, or is gone. */
  ask(question: Question, timeoutMs: Ms): Promise<Answer | undefined> {
    if (!this.#hasFirst || this.state === 'gone') return Promise.resolve(undefined)
    return this.#asked.ask((id) => this.#send({ kind: 'ask', id, question }), timeoutMs)
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case 'started':
        this.#isUp = true
        this.#sendFirst()
        return
      case 'installed':
      case 'listening':
      case 'unlistened':
        this.#confirmed()
        return
      case 'failed':
        this.#deps.events.onFailed(this, message.what, message.message)
        return
      case 'metrics':
        this.metrics = message.snapshot
        return
      case 'retire':
        this.#deps.events.onRetire(this, message.why)
        return
      case 'answer':
        this.#asked.answer(message.id, message.answer)
        return
      case 'lease':
        this.#send({ kind: 'leased', id: message.id, grants: this.#deps.offices.leases.ask(message.demands) })
        return
      case 'giveBack':
        this.#deps.offices.leases.giveBack(message.returns)
        return
      case 'takePermits':
        this.#send({ kind: 'permitted', id: message.id, left: this.#permits.take(message.demands) })
        return
      case 'returnPermits':
        this.#permits.giveBack(message.returns)
    }
  }

  #sendFirst(): void {
    const first = this.#isUp && !this.#hasFirst ? this.#deps.first() : undefined
    if (first === undefined) return
    this.#hasFirst = true
    if (first.replicas !== undefined) this.setReplicas(first.replicas)
    this.#sendInstall(first.difference)
    for (const [listener, sockets] of first.sockets) this.#sendSocket(listener, sockets)
  }

  #confirmed(): void {
    this.#awaited--
    if (this.#awaited > 0) return
    if (this.state === 'starting') this.state = 'ready'
    this.#deps.events.onSettled(this)
  }

  #sendInstall(difference: ModelDifference): void {
    this.#awaited++
    this.#send({ kind: 'install', difference })
  }

  #sendSocket(listener: string, sockets: SocketSet): void {
    const handle = sockets.forWorker(this.place.index)
    sockets.hold()
    this.#awaited++
    this.#send({ kind: 'listen', listener }, handle, () => sockets.release())
  }

  /** Failures need no care here: a worker that cannot be told anything has ended, and `exit` says so. */
  #send(message: ToWorker, handle?: unknown, onSent: () => void = () => {}): void {
    if (this.state === 'gone' || !this.#deps.child.connected) {
      onSent()
      return
    }
    // The types know public handle classes only; a bound handle is what `net.Server` wraps (see control/server-handle.ts).
    this.#deps.child.send(message, handle as never, { keepOpen: true }, () => onSent())
  }

  #onExit(how: string): void {
    if (this.state === 'gone') return
    this.state = 'gone'
    this.#asked.close()
    this.#permits.close()
    this.#deps.events.onExit(this, how)
  }
}
