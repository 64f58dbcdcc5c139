import type { ExtensionGroup } from '../model/filters/extension.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { ExtensionCall, ExtensionEvents, ExtensionFailure, ExtensionRequest } from './call.ts'
import type { Counting } from './counting.ts'
import type { Instance, InstanceEvents } from './instance.ts'
import { describeFailure, type StartFailure } from './start-failure.ts'

/** What can be seen of a group: it starts, serves, cannot start as it is, was lost and starts anew, or serves its last requests. */
export type GroupState = 'starting' | 'ready' | 'failed' | 'restarting' | 'leaving'

export type GroupEvent =
  | { readonly kind: 'ready'; readonly tookMs: Ms }
  | { readonly kind: 'unstartable'; readonly failure: StartFailure }
  | { readonly kind: 'died'; readonly why: ExtensionFailure; readonly detail: string; readonly waitMs: Ms }

export interface GroupRunnerDeps {
  readonly clock: Clock
  readonly group: ExtensionGroup
  readonly counters: Counting
  readonly launch: (events: InstanceEvents) => Instance
  readonly onEvent: (event: GroupEvent) => void
}

/** A group that dies again and again is started ever more rarely; one that held so long was not at fault. */
const restart = { base: 100, max: 30_000, forgottenAfter: 60_000 }

/** A module that is not ready by then is taken for one that never will be. */
const startMs: Ms = 60_000

/** Keeps one instance of a group running until nobody needs it. */
export class GroupRunner {
  readonly group: ExtensionGroup
  readonly #deps: GroupRunnerDeps
  #instance: Instance | undefined
  #state: GroupState = 'starting'
  #failure: StartFailure | undefined
  #failingSince: Ms = 0
  #deaths = 0
  #since: Ms = 0
  #wasReady = false
  #timer: unknown
  readonly #settled = Promise.withResolvers<void>()
  /** When it ends at the latest, once it leaves. */
  #until: Ms = Number.POSITIVE_INFINITY
  #gone: Promise<void> | undefined

  constructor(deps: GroupRunnerDeps) {
    this.#deps = deps
    this.group = deps.group
  }

  get state(): GroupState {
    return this.#state
  }

  /** Why it does not start, or did not when it was last tried; `undefined` as long as it may. */
  get failure(): StartFailure | undefined {
    return this.#failure
  }

  /** When it first could not start, in the time of the wall; says nothing without a failure. */
  get failingSince(): Ms {
    return this.#failingSince
  }

  get openCalls(): number {
    return this.#instance?.openCalls ?? 0
  }

  /** Settles when it is ready for the first time, or cannot be started. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  start(): void {
    const { clock, launch } = this.#deps
    this.#since = clock.now()
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.#tooLate(), startMs)
    const instance = launch({
      ready: () => this.#instance === instance && this.#ready(),
      unstartable: (failure) => this.#instance === instance && this.#unstartable(failure),
      died: (why, detail) => this.#instance === instance && this.#died(why, detail),
    })
    this.#instance = instance
  }

  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined {
    if (this.#state !== 'ready' && this.#state !== 'leaving') return undefined
    const call = this.#instance?.open(request, events)
    if (call !== undefined) this.#deps.counters.requests += 1
    return call
  }

  /**
   * Ends it when its last request has ended, and at the latest after `atMost`; asked again, after the shorter time. Settles when nothing
   * of it is left.
   */
  leave(atMost: Ms): Promise<void> {
    this.#until = Math.min(this.#until, this.#deps.clock.now() + atMost)
    this.#gone ??= this.#leave()
    return this.#gone
  }

  async #leave(): Promise<void> {
    const instance = this.#instance
    this.#deps.clock.clearTimeout(this.#timer)
    this.#settled.resolve()
    const isBusy = this.#state === 'ready' && this.openCalls > 0
    this.#state = 'leaving'
    if (isBusy) await this.#idle()
    this.#instance = undefined
    instance?.stop()
    await instance?.ended
  }

  /** Looked at now and then: an instance does not say when it is idle, and nobody waits for its end. */
  #idle(): Promise<void> {
    const { clock } = this.#deps
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.openCalls === 0 || clock.now() >= this.#until) resolve()
        else clock.setTimeout(look, lookMs)
      }
      look()
    })
  }

  #ready(): void {
    const { clock, onEvent } = this.#deps
    clock.clearTimeout(this.#timer)
    const tookMs = clock.now() - this.#since
    this.#since = clock.now()
    this.#wasReady = true
    this.#failure = undefined
    if (this.#state !== 'leaving') this.#state = 'ready'
    onEvent({ kind: 'ready', tookMs })
    this.#settled.resolve()
  }

  /** Code that cannot start will not start the next time; what has started before may. */
  #unstartable(failure: StartFailure): void {
    const { clock, onEvent } = this.#deps
    clock.clearTimeout(this.#timer)
    this.#instance = undefined
    if (this.#failure === undefined) this.#failingSince = clock.wall()
    this.#failure = failure
    if (this.#wasReady) return this.#again('died', describeFailure(failure))
    this.#state = 'failed'
    onEvent({ kind: 'unstartable', failure })
    this.#settled.resolve()
  }

  #died(why: ExtensionFailure, detail: string): void {
    this.#instance = undefined
    if (this.#state === 'leaving') return
    if (this.#deps.clock.now() - this.#since > restart.forgottenAfter) this.#deaths = 0
    this.#again(why, detail)
  }

  #again(why: ExtensionFailure, detail: string): void {
    const { clock, counters, onEvent } = this.#deps
    const waitMs = Math.min(restart.max, restart.base * 2 ** Math.min(this.#deaths, 20))
    this.#deaths += 1
    this.#state = 'restarting'
    counters.restarts += 1
    onEvent({ kind: 'died', why, detail, waitMs })
    this.#timer = clock.setTimeout(() => this.start(), waitMs)
  }

  #tooLate(): void {
    const instance = this.#instance
    this.#unstartable({ message: `was not ready after ${startMs / 1000} s`, place: '' })
    instance?.stop()
  }
}

/** How often a group that leaves is looked at. */
const lookMs: Ms = 50
