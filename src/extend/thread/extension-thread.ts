import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { ExtensionGroup } from '../../model/filters/extension.ts'
import type { Clock } from '../../std/clock.ts'
import type { ExtensionCall, ExtensionEvents, ExtensionFailure, ExtensionRequest } from '../call.ts'
import type { Counting } from '../counting.ts'
import { type Instance, type InstanceEvents, stopMs } from '../instance.ts'
import type { Said } from '../said.ts'
import { describeFailure, type StartFailure, startFailure } from '../start-failure.ts'
import { withCodeFromText } from './code-from-text.ts'
import { heapLimit, MemoryWatch } from './memory-watch.ts'
import { type FromThread, isThreadWord, type ThreadStart } from './messages.ts'
import type { ModuleSources } from './module-sources.ts'
import { NearCalls } from './near-calls.ts'
import { OutputLines } from './output-lines.ts'
import { Watchdog } from './watchdog.ts'

export interface ThreadOptions {
  readonly clock: Clock
  readonly group: ExtensionGroup
  /** What the thread sees of the environment. */
  readonly env: Readonly<Record<string, string>>
  readonly counters: Counting
  readonly events: InstanceEvents
  /** Of its group; written when it is ready. */
  readonly sources: ModuleSources
  /** What it writes to its output, a line at a time. */
  readonly onLine: (line: string) => void
  /** What it says by its logger. */
  readonly onSaid: (said: Said) => void
  /** It was told to end, and does not. */
  readonly onStuck: () => void
  /** Of the thread's main module; for tests. */
  readonly entry?: URL
}

/** What V8 takes by itself for what requests make and drop, which the limit of memory does not count; with less it copies more of it. */
const youngMegabytes = 48

/** Extensions in a thread of their own, from its start to its end. */
export class ExtensionThread implements Instance {
  readonly #options: ThreadOptions
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #calls: NearCalls
  readonly #watchdog: Watchdog
  readonly #memory: MemoryWatch
  readonly #output: readonly OutputLines[]
  #state: 'starting' | 'ready' | 'ended' = 'starting'
  #isStopping = false
  readonly #ended = Promise.withResolvers<void>()

  constructor(options: ThreadOptions) {
    const { group, env, counters, clock, sources, onLine, entry = threadFile } = options
    this.#options = options
    const { port1, port2 } = new MessageChannel()
    const { modules, memory } = group
    const start: ThreadStart = { modules, memory, port: port2, texts: sources.texts }
    this.#worker = withCodeFromText(
      () =>
        new Worker(entry, {
          name: 'tidegate-extension',
          workerData: start,
          transferList: [port2],
          argv: [],
          env,
          stdout: true,
          stderr: true,
          resourceLimits: {
            maxOldGenerationSizeMb: Math.ceil(heapLimit(memory) / 1_048_576),
            maxYoungGenerationSizeMb: youngMegabytes,
          },
        }),
    )
    const worker = this.#worker
    this.#port = port1
    this.#calls = new NearCalls((posted, transfer) => port1.postMessage(posted, transfer), {
      pong: (id) => this.#watchdog.pong(id),
      failed: (why) => counters.failed(why),
    })
    this.#watchdog = new Watchdog({
      clock,
      limit: group.watchdog,
      ping: (id) => this.#calls.ping(id),
      onLag: (lag) => {
        counters.lagMs = lag
      },
      onBlocked: (ms) =>
        this.#kill('blocked', { message: `its loop stood still for ${Math.round(ms)} ms`, place: '' }),
    })
    this.#memory = new MemoryWatch({
      clock,
      memory,
      used: async () => (await worker.getHeapStatistics()).used_heap_size,
      onFull: () => this.#full(),
    })
    this.#output = [
      new OutputLines(worker.stdout, onLine, clock),
      new OutputLines(worker.stderr, onLine, clock),
    ]
    port1.on('message', (message: FromThread) => this.#take(message))
    worker.on('error', (error) => this.#failed(error))
    worker.on('exit', (code) => this.#gone(code))
    // It must not keep a process that has nothing else to do.
    worker.unref()
    port1.unref()
  }

  get openCalls(): number {
    return this.#calls.open
  }

  /** Settles when the thread is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    return this.#state === 'ready' ? this.#calls.begin(request, events) : undefined
  }

  /** Asks the thread to give back what it holds and to end, and ends it when it does not. */
  stop(): void {
    if (this.#state === 'ended' || this.#isStopping) return
    this.#isStopping = true
    this.#watchdog[Symbol.dispose]()
    this.#memory[Symbol.dispose]()
    if (this.#state === 'starting') return this.#terminate()
    this.#unlessEnded(() => this.#terminate())
    this.#calls.stop()
  }

  #take(message: FromThread): void {
    if (this.#state === 'ended') return
    if (!isThreadWord(message)) return this.#calls.take(message)
    if (message.kind === 'said') return this.#options.onSaid(message.said)
    if (message.kind === 'full') return this.#full()
    if (message.kind === 'unstartable') return this.#kill('died', message.failure)
    this.#state = 'ready'
    this.#options.sources.texts ??= message.texts
    this.#watchdog.start()
    this.#options.events.ready()
  }

  /** What it said before it ended may be told later than its end. */
  #takeRest(): void {
    for (
      let rest = receiveMessageOnPort(this.#port);
      rest !== undefined;
      rest = receiveMessageOnPort(this.#port)
    )
      this.#take(rest.message as FromThread)
  }

  /** What nobody caught in the thread, which ends it; or its memory was over. */
  #failed(error: unknown): void {
    this.#takeRest()
    const isFull = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    if (isFull) return this.#full()
    const files = this.#options.group.modules.map(({ file }) => file)
    this.#end('died', startFailure(error, files))
  }

  #full(): void {
    const message = `it needed more than its ${this.#options.group.memory / 1_048_576} MiB of memory`
    this.#kill('died', { message, place: '' })
  }

  #kill(why: ExtensionFailure, failure: StartFailure): void {
    this.#end(why, failure)
    this.#terminate()
  }

  #terminate(): void {
    ending.add(this)
    void this.#worker.terminate()
    this.#unlessEnded(() => {
      if (stuck.size === 0) process.on('exit', endByForce)
      stuck.add(this)
      this.#options.onStuck()
      this.#left()
    })
  }

  #unlessEnded(run: () => void): void {
    const { clock } = this.#options
    const timer = clock.setTimeout(run, stopMs)
    void this.#ended.promise.then(() => clock.clearTimeout(timer))
  }

  /** Nobody waits for it any more. */
  #left(): void {
    ending.delete(this)
    this.#ended.resolve()
  }

  #gone(code: number): void {
    this.#takeRest()
    this.#port.close()
    const message = `its thread ended with code ${code}`
    if (this.#state === 'starting' && !this.#isStopping)
      this.#end('died', { message: `${message} before it was ready`, place: '' })
    else this.#end(this.#isStopping ? 'stopped' : 'died', { message, place: '' })
    for (const lines of this.#output) lines.end()
    stuck.delete(this)
    this.#left()
  }

  /** Nothing more is heard of it. */
  #end(why: ExtensionFailure, failure: StartFailure): void {
    const before = this.#state
    this.#state = 'ended'
    if (before === 'ended') return
    const { events } = this.#options
    this.#watchdog[Symbol.dispose]()
    this.#memory[Symbol.dispose]()
    if (before === 'starting') {
      if (!this.#isStopping) events.unstartable(failure)
      return
    }
    const detail = describeFailure(failure)
    this.#calls.failAll(why, detail)
    if (!this.#isStopping) events.died(why, detail)
  }
}

/** Threads that were told to end. */
const ending = new Set<ExtensionThread>()

/** Settles when none is left that was told to end, or those that are do not. */
export async function threadsEnded(): Promise<void> {
  await Promise.all([...ending].map(({ ended }) => ended))
}

/** Those that do not: V8 does not look in every loop whether it should. */
const stuck = new Set<ExtensionThread>()

/** Node would wait for them for ever. */
function endByForce(): void {
  if (stuck.size > 0) process.kill(process.pid, 'SIGKILL')
}

/** The sources run as they are; a build has JavaScript beside this file. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './thread-main.ts' : './thread-main.js',
  import.meta.url,
)
