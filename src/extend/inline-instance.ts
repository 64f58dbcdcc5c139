import type { ExtensionGroup } from '../model/filters/extension.ts'
import type { Clock } from '../std/clock.ts'
import { within } from '../std/within.ts'
import type {
  ExtensionCall,
  ExtensionEvents,
  ExtensionLog,
  ExtensionRequest,
  RunningExtensions,
} from './call.ts'
import type { Counting } from './counting.ts'
import { type Instance, type InstanceEvents, stopMs } from './instance.ts'
import { hookModules } from './module-hooks.ts'
import { startFailureWithPlace } from './start-failure.ts'
import { startHere } from './start-here.ts'
import { isCodeFromTextRefused } from './thread/code-from-text.ts'

let isHooked = false

export interface InlineOptions {
  readonly clock: Clock
  readonly group: ExtensionGroup
  readonly counters: Counting
  readonly events: InstanceEvents
  /** Takes what they say by their logger. */
  readonly log: ExtensionLog
}

/** Extensions in the thread that carries traffic: nothing stands between them and it. */
export class InlineInstance implements Instance {
  readonly #ended = Promise.withResolvers<void>()
  readonly #clock: Clock
  readonly #counters: Counting
  #running: RunningExtensions | undefined
  #isStopped = false

  constructor({ clock, group, counters, events, log }: InlineOptions) {
    this.#clock = clock
    this.#counters = counters
    void this.#start(group, events, log)
  }

  get openCalls(): number {
    return this.#running?.counters.open ?? 0
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    return this.#running?.open(request, events)
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    if (this.#running === undefined) return this.#ended.resolve()
    void this.#close(this.#running)
  }

  async #start({ modules }: ExtensionGroup, events: InstanceEvents, log: ExtensionLog): Promise<void> {
    if (isCodeFromTextRefused()) return this.#refuse(events)
    if (!isHooked) hookModules()
    isHooked = true
    try {
      const running = await startHere(modules, 'afresh', log)
      if (this.#isStopped) return await this.#close(running)
      this.#running = running
      this.#counters.follow(running.counters)
      events.ready()
    } catch (error) {
      const files = modules.map(({ file }) => file)
      events.unstartable(await startFailureWithPlace(error, files))
      this.#ended.resolve()
    }
  }

  /** Fastify makes code from text, and a global object that may not never may. */
  #refuse(events: InstanceEvents): void {
    queueMicrotask(() => {
      events.unstartable({
        message: 'with several workers, "isolation: inline" is not possible: write "worker", or "workers: 1"',
        place: '',
      })
      this.#ended.resolve()
    })
  }

  async #close(running: RunningExtensions): Promise<void> {
    this.#counters.unfollow(running.counters)
    await within(running.close(), stopMs, this.#clock).catch(() => undefined)
    this.#ended.resolve()
  }
}
