import type { SourceStatus } from '../../model/source-status.ts'
import type { Ms } from '../../std/units.ts'
import { ApiError } from './api.ts'
import { ListWatch, type WatchListeners, type WatchSurroundings } from './list-watch.ts'
import type { Resource } from './resource.ts'
import type { SecretRow } from './resources.ts'
import { pause, retryDelay } from './retry-delay.ts'
import { mayReadSecrets } from './rights.ts'
import { keyOf } from './table.ts'
import type { Turns } from './turns.ts'

/** How often a right that we do not have is asked for. */
const askAgain: Ms = 15_000

export interface SecretPartDeps extends WatchListeners<SecretRow> {
  readonly around: WatchSurroundings
  readonly resource: Resource<SecretRow>
  /** The namespace whose right is asked for before anything is read; `undefined` reads without asking. */
  readonly asksFor: string | undefined
  /** Shared by all parts: a cluster has thousands of namespaces. */
  readonly turns: Turns
  /** The command that gives the right. */
  readonly remedy: string
}

/** Secrets of one namespace, one Secret, or those of the cluster, as far as we have the right to read them. */
export class SecretPart implements AsyncDisposable {
  readonly #deps: SecretPartDeps
  readonly #watch: ListWatch<SecretRow>
  readonly #end = new AbortController()
  readonly #fetching = new Map<string, AbortController>()
  #right: 'unknown' | 'granted' | 'denied'
  #asking: Promise<void> | undefined
  #errors = 0
  #lastError = ''

  constructor(deps: SecretPartDeps) {
    this.#deps = deps
    this.#right = deps.asksFor === undefined ? 'granted' : 'unknown'
    this.#watch = new ListWatch(deps.resource, deps.around, deps)
  }

  start(): void {
    this.#asking ??= this.#begin()
  }

  /** `undefined` for one that is not there as far as is known. */
  row(key: string): SecretRow | undefined {
    return this.#watch.table.get(key)?.object
  }

  get name(): string {
    return this.#deps.resource.name
  }

  get remedy(): string {
    return this.#deps.remedy
  }

  get isDenied(): boolean {
    return this.#right === 'denied' || this.#watch.isRefused
  }

  /** Whether it is known what is there, with the contents of all Secrets that somebody refers to. */
  get isSettled(): boolean {
    return (this.#right === 'denied' || this.#watch.isSettled) && this.#fetching.size === 0
  }

  status(): SourceStatus {
    const status = this.#watch.status()
    if (this.#right === 'granted') return status
    const state = this.#right === 'denied' ? 'stale' : 'starting'
    return { ...status, state, errors: status.errors + this.#errors, lastError: this.#lastError }
  }

  /** Somebody refers to a Secret: one that was not kept until now is fetched. */
  keep(namespace: string, name: string): void {
    const key = keyOf(namespace, name)
    const row = this.row(key)
    if (row === undefined || row.secret !== undefined || this.#fetching.has(key)) return
    const until = new AbortController()
    this.#fetching.set(key, until)
    void this.#fetch(namespace, name, AbortSignal.any([this.#end.signal, until.signal]))
  }

  /** Nobody refers to it any more: its key is forgotten. */
  forget(namespace: string, name: string): void {
    const key = keyOf(namespace, name)
    this.#fetching.get(key)?.abort()
    this.#fetching.delete(key)
    const row = this.#watch.table.get(key)
    if (row !== undefined) this.#watch.table.put(key, { ...row, object: { secret: undefined } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await Promise.all([this.#asking, this.#watch[Symbol.asyncDispose]()])
  }

  async #begin(): Promise<void> {
    const { asksFor } = this.#deps
    if (asksFor !== undefined) await this.#untilGranted(asksFor)
    if (this.#end.signal.aborted) return
    this.#right = 'granted'
    this.#lastError = ''
    this.#watch.start()
  }

  async #untilGranted(namespace: string): Promise<void> {
    const { around, onStatus, turns } = this.#deps
    const { signal } = this.#end
    let attempt = 0
    while (!signal.aborted) {
      let wait = askAgain * (1 + around.random() / 4)
      try {
        if (await turns.run(() => mayReadSecrets(around.api, namespace, signal), signal)) return
        attempt = 0
        this.#denied()
      } catch (error) {
        if (signal.aborted) return
        attempt += 1
        wait = retryDelay(attempt, around.random, error instanceof ApiError ? error.retryAfter : undefined)
        this.#errors += 1
        this.#lastError = error instanceof Error ? error.message : 'unknown error'
        onStatus()
      }
      await pause(around.clock, wait, signal)
    }
  }

  #denied(): void {
    this.#lastError = `reading ${this.name} is not allowed; ${this.#deps.remedy}`
    if (this.#right === 'denied') return
    this.#right = 'denied'
    this.#errors += 1
    this.#deps.onStatus()
  }

  async #fetch(namespace: string, name: string, signal: AbortSignal): Promise<void> {
    const { api, clock, random } = this.#deps.around
    const key = keyOf(namespace, name)
    for (let attempt = 1; !signal.aborted && this.row(key)?.secret === undefined; attempt += 1) {
      try {
        const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
        this.#watch.offer(await api.request('GET', path, { signal }))
        break
      } catch (error) {
        // Gone or not ours to read: the watch tells the rest.
        if (error instanceof ApiError && (error.status === 404 || error.status === 403)) break
        await pause(clock, retryDelay(attempt, random, undefined), signal)
      }
    }
    if (signal.aborted) return
    this.#fetching.delete(key)
    this.#deps.onStatus()
  }
}
