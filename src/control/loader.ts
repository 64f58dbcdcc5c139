import { Worker } from 'node:worker_threads'
import type { Model } from '../model/model.ts'
import { assert } from '../std/assert.ts'
import { deepFreeze } from '../std/freeze.ts'
import type { LoadOptions } from './load.ts'
import {
  type DifferencePart,
  joinDifference,
  type LoaderReply,
  type LoaderRequest,
  type LoaderStart,
} from './loader-messages.ts'
import type { Loaded } from './reconciler.ts'

interface Pending {
  readonly parts: DifferencePart[]
  readonly resolve: (loaded: Loaded) => void
  readonly reject: (error: Error) => void
}

/**
 * Loads the configuration in a thread of its own, so that parsing never runs on a loop that carries traffic. The thread keeps what
 * it sent last, and only the difference crosses, in parts.
 *
 * A thread that dies (out of memory, a mistake of ours) fails its load; the next load starts another one.
 */
export class Loader implements AsyncDisposable {
  readonly #options: LoadOptions
  readonly #current: () => Model | undefined
  #worker: Worker | undefined
  #pending: Pending | undefined
  #queue: Promise<unknown> = Promise.resolve()

  /** @param current the model in force, which the differences of a new thread start from. */
  constructor(options: LoadOptions, current: () => Model | undefined) {
    this.#options = options
    this.#current = current
  }

  /**
   * Reads everything again; one load at a time, later ones wait. Each difference starts from the model that the one before led to,
   * so none may be left out.
   *
   * @throws {Error} when the thread died.
   */
  load(): Promise<Loaded> {
    const loaded = this.#queue.then(() => this.#loadNow())
    this.#queue = loaded.catch(() => undefined)
    return loaded
  }

  /** Ends the thread; a load that is under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#fail(worker, new Error("the loader's thread was ended"))
    await worker.terminate()
  }

  #loadNow(): Promise<Loaded> {
    const worker = (this.#worker ??= this.#startWorker())
    return new Promise((resolve, reject) => {
      this.#pending = { parts: [], resolve, reject }
      worker.ref()
      post(worker, 'load')
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
    const pending = this.#pending
    if (this.#worker !== worker) return
    assert(pending !== undefined, 'the thread answers when it is asked')
    if (reply.kind === 'part') {
      pending.parts.push(deepFreeze(reply.part))
      post(worker, 'next')
      return
    }
    const { head, result, problems, files } = reply
    this.#pending = undefined
    worker.unref()
    const difference = head === undefined ? undefined : joinDifference(head, pending.parts)
    pending.resolve({ result, difference, problems, files })
  }

  /** A thread tells its end twice, by its error and by its exit, and by then another may have taken its place. */
  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Most of what parsing makes is garbage at once; with room for it, little of it is copied. */
const youngMegabytes = 64

/** The sources run as they are; a build has JavaScript beside this file. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './loader-thread.ts' : './loader-thread.js',
  import.meta.url,
)

function post(worker: Worker, request: LoaderRequest): void {
  worker.postMessage(request, [])
}
