import { Worker } from 'node:worker_threads'
import type { Model } from '../model/model.ts'
import { assert } from '../std/assert.ts'
import type { Clock } from '../std/clock.ts'
import { deepFreeze } from '../std/freeze.ts'
import type { Ms } from '../std/units.ts'
import type { LoadOptions } from './load.ts'
import {
  type DifferencePart,
  joinDifference,
  type LoaderReply,
  type LoaderRequest,
  type LoaderStart,
  type SourcesReport,
  type ToldMembership,
} from './loader-messages.ts'
import type { Loaded } from './reconciler.ts'

interface Pending {
  readonly parts: DifferencePart[]
  readonly resolve: (loaded: Loaded) => void
  readonly reject: (error: Error) => void
}

/** What the thread tells unasked. */
export interface LoaderEvents {
  /** A source has told something: load the changes. */
  readonly onChanged: () => void
  /** Comes after every load that was answered before, and before those that are answered after. */
  readonly onMembership: (told: ToldMembership) => void
  readonly onSources: (report: SourcesReport) => void
  readonly onLog: (line: Extract<LoaderReply, { readonly kind: 'log' }>) => void
  /** The thread has died: sources are not heard until something is loaded again. */
  readonly onDied: (error: Error) => void
}

const deaf: LoaderEvents = {
  onChanged: () => {},
  onMembership: () => {},
  onSources: () => {},
  onLog: () => {},
  onDied: () => {},
}

/**
 * Loads the configuration in a thread of its own, so that parsing never runs on a loop that carries traffic. The thread keeps what
 * it sent last, and only the difference crosses, in parts. Sources other than files live there too.
 *
 * A thread that dies (out of memory, a mistake of ours) fails its load; the next load starts another one.
 */
export class Loader implements AsyncDisposable {
  readonly #options: LoadOptions
  readonly #current: () => Model | undefined
  readonly #events: LoaderEvents
  #worker: Worker | undefined
  #pending: Pending | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #stopped: (() => void) | undefined

  /** @param current the model in force, which the differences of a new thread start from. */
  constructor(options: LoadOptions, current: () => Model | undefined, events: LoaderEvents = deaf) {
    this.#options = options
    this.#current = current
    this.#events = events
  }

  /**
   * Reads the files again, or takes what sources have told; one load at a time, later ones wait. Each difference starts from the
   * model that the one before led to, so none may be left out.
   *
   * @throws {Error} when the thread died.
   */
  load(what: 'files' | 'changes' = 'files'): Promise<Loaded> {
    const loaded = this.#queue.then(() => this.#loadNow(what))
    this.#queue = loaded.catch(() => undefined)
    return loaded
  }

  /** A model is in force in every worker. */
  inForce(hash: string): void {
    if (this.#worker !== undefined) post(this.#worker, { kind: 'inForce', hash })
  }

  /** Lets sources take back what they have said to others; settles when they have, or at the latest after `atMost`. */
  async stop(atMost: Ms, clock: Clock): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopped = resolve
    const timer = clock.setTimeout(resolve, atMost)
    post(worker, { kind: 'stop', atMost })
    await promise
    clock.clearTimeout(timer)
  }

  /** Ends the thread; a load that is under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#end(worker, new Error("the loader's thread was ended"))
    await worker.terminate()
  }

  #loadNow(what: 'files' | 'changes'): Promise<Loaded> {
    // A thread that was just started knows nothing of changes: it reads everything.
    const kind = this.#worker === undefined ? 'files' : what
    const worker = (this.#worker ??= this.#startWorker())
    return new Promise((resolve, reject) => {
      this.#pending = { parts: [], resolve, reject }
      worker.ref()
      post(worker, { kind: 'load', what: kind })
    })
  }

  #startWorker(): Worker {
    const start: LoaderStart = { options: this.#options, previous: this.#current() }
    const worker = new Worker(threadFile, {
      name: 'tidegate-loader',
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    })
    worker.on('message', (reply: LoaderReply) => this.#receive(worker, reply))
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', (code) => this.#fail(worker, new Error(`the loader's thread ended with code ${code}`)))
    return worker
  }

  #receive(worker: Worker, reply: LoaderReply): void {
    if (this.#worker !== worker) return
    switch (reply.kind) {
      case 'part':
        this.#waiting().parts.push(deepFreeze(reply.part))
        return post(worker, { kind: 'next' })
      case 'end':
        return this.#finish(worker, reply)
      case 'changed':
        return this.#events.onChanged()
      case 'membership':
        return this.#events.onMembership(reply)
      case 'sources':
        return this.#events.onSources(reply.report)
      case 'log':
        return this.#events.onLog(reply)
      case 'stopped':
        return this.#stopped?.()
    }
  }

  #finish(worker: Worker, { head, ...facts }: Extract<LoaderReply, { readonly kind: 'end' }>): void {
    const pending = this.#waiting()
    this.#pending = undefined
    worker.unref()
    const difference = head === undefined ? undefined : joinDifference(head, pending.parts)
    pending.resolve({ ...facts, difference })
  }

  #waiting(): Pending {
    assert(this.#pending !== undefined, 'the thread answers when it is asked')
    return this.#pending
  }

  /** A thread tells its end twice, by its error and by its exit, and by then another may have taken its place. */
  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    const failure = error instanceof Error ? error : new Error(String(error))
    this.#end(worker, failure)
    this.#events.onDied(failure)
  }

  #end(worker: Worker, failure: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#stopped?.()
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(failure)
  }
}

/** Most of what parsing makes is garbage at once; with room for it, little of it is copied. More room than this gains nothing. */
const youngMegabytes = 12

/** The sources run as they are; a build has JavaScript beside this file. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './loader-thread.ts' : './loader-thread.js',
  import.meta.url,
)

function post(worker: Worker, request: LoaderRequest): void {
  worker.postMessage(request, [])
}
