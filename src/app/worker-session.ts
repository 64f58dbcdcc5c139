import type { Socket } from 'node:net'
import type { Grant } from '../limits/leases/lease.ts'
import type { DrainSettings } from '../model/settings.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Answer, FromWorker, Question, ToWorker } from './messages.ts'
import type { TrafficProcess } from './traffic-process.ts'

export interface WorkerSessionDeps {
  readonly traffic: TrafficProcess
  readonly logger: Logger
  /** Settles when the message is on its way. */
  readonly tell: (message: FromWorker) => Promise<void>
  readonly onLeased: (id: number, grants: readonly Grant[]) => void
  readonly onPermitted: (id: number, left: readonly number[]) => void
  /** Everything is over: the process can go. */
  readonly end: (exitCode: number) => void
}

/** Does in a worker what the control process says, one message after the other. */
export class WorkerSession {
  readonly #deps: WorkerSessionDeps
  #queue: Promise<void> = Promise.resolve()
  #ending = false

  constructor(deps: WorkerSessionDeps) {
    this.#deps = deps
  }

  /** @param handle the socket that came with the message, if any. */
  take(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      // Questions are answered out of turn, and a drain must not wait behind anything.
      case 'ask':
        void this.#answer(message.id, message.question)
        return
      // The peer of a new connection is not to wait either.
      case 'adopt':
        this.#deps.traffic.adopt(message.listener, handle as Socket)
        return
      case 'leased':
        this.#deps.onLeased(message.id, message.grants)
        return
      case 'permitted':
        this.#deps.onPermitted(message.id, message.left)
        return
      case 'replicas':
        this.#deps.traffic.setReplicas(message.count)
        return
      case 'drain':
        void this.leave(message.times, 0)
        return
      case 'start':
      case 'install':
      case 'move':
      case 'listen':
      case 'unlisten':
      case 'reopenLogs':
        this.#queue = this.#queue.then(() => this.#obey(message, handle))
    }
  }

  /** Drains, tells the last counts, ends. Further calls change nothing. */
  async leave(times: DrainSettings, exitCode: number): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    const { traffic, tell, end, logger } = this.#deps
    try {
      await traffic.drain(times)
      await tell({ kind: 'metrics', snapshot: await traffic.metrics() })
    } catch (error) {
      logger.error('the drain of a worker failed', { error })
    }
    end(exitCode)
  }

  /** A message that cannot be obeyed is answered, so that the control process can act; the worker stays as it was. */
  async #obey(message: ToWorker, handle: unknown): Promise<void> {
    const { traffic, tell } = this.#deps
    try {
      if (message.kind === 'install') {
        await traffic.install(message.difference)
        void tell({ kind: 'installed', hash: traffic.hash })
      } else if (message.kind === 'move') {
        traffic.move(message.change)
      } else if (message.kind === 'listen') {
        await traffic.listen(message.listener, handle as object)
        void tell({ kind: 'listening', listener: message.listener })
      } else if (message.kind === 'unlisten') {
        await traffic.unlisten(message.listener)
        void tell({ kind: 'unlistened', listener: message.listener })
      } else if (message.kind === 'reopenLogs') {
        await traffic.reopenLogs()
      }
    } catch (error) {
      void tell({
        kind: 'failed',
        what: message.kind,
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    let answer: Answer
    try {
      answer = await this.#answerTo(question)
    } catch (error) {
      answer = { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
    }
    await this.#deps.tell({ kind: 'answer', id, answer })
  }

  async #answerTo(question: Question): Promise<Answer> {
    const { traffic } = this.#deps
    switch (question.kind) {
      case 'metrics':
        return { kind: 'metrics', snapshot: await traffic.metrics() }
      case 'clusters':
        return { kind: 'clusters', clusters: traffic.clusters() }
      case 'brokenExtensions':
        return { kind: 'brokenExtensions', broken: traffic.brokenExtensions() }
      case 'explain':
        return { kind: 'explain', explanation: traffic.explain(question.request) }
      case 'stopAccepting':
        await traffic.goOn(question.delayMs)
        traffic.stopAccepting()
        return { kind: 'stoppedAccepting' }
    }
  }
}
