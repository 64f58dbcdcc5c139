import type { SourceStatus } from '../../model/source-status.ts'
import type { Clock } from '../../std/clock.ts'
import { quoted } from '../../std/quoted.ts'
import type { Ms } from '../../std/units.ts'
import { ApiError, type KubernetesApi, type WatchEnd } from './api.ts'
import { listPages } from './list-pages.ts'
import type { Outage } from './outage.ts'
import { type ObjectIdentity, readIdentity } from './read/meta.ts'
import { readRow } from './read-row.ts'
import type { Resource } from './resource.ts'
import { isOlder } from './resource-version.ts'
import { pause, retryDelay } from './retry-delay.ts'
import { Standing } from './standing.ts'
import { type Change, keyOf, type Row, Table } from './table.ts'
import { readWatchEvent } from './watch-event.ts'

/** What every list-and-watch of a source works with. */
export interface WatchSurroundings {
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly random: () => number
  /** Without a byte for so long a watch counts as dead; bookmarks come about each minute. Up to a fifth is added by chance. 75 s. */
  readonly silence: Ms
  /** Shared by all: one that hears the API server again wakes the others. */
  readonly outage: Outage
}

export interface WatchListeners<T> {
  readonly onChanges: (changes: readonly Change<T>[]) => void
  /** The status is another, or the first complete state is there. */
  readonly onStatus: () => void
}

/** A right or a resource that is missing may come; this often it is asked for, and up to a half more. */
const askAgain: Ms = 60_000
/** A watch that ends sooner than this did not serve; asking at once again would hammer the server. */
const shortest: Ms = 1_000
/** Seconds after which the API server ends a watch: between this and twice as many, so that not all end together. */
const watchSeconds = 300
/** What a watch did that ended by itself. */
const ends = { silent: 'was silent for too long', closed: 'was closed at once' }

/**
 * Keeps a table as one resource of the API server is: reads everything once, then follows its changes. What is known stays for ever
 * while the server is away, and is never emptied in between: a new reading is compared with the old one and takes its place at once.
 */
export class ListWatch<T> implements AsyncDisposable {
  readonly table = new Table<T>()
  readonly resource: Resource<T>
  readonly #around: WatchSurroundings
  readonly #listeners: WatchListeners<T>
  readonly #standing: Standing
  readonly #end = new AbortController()
  /** Where to watch from; `undefined` until everything was read, and when it has to be read again. */
  #version: string | undefined
  /** Failures in a row. */
  #attempt = 0
  /** Versions that were forgotten in a row, with nothing heard in between. */
  #expiries = 0
  /** Whether the last failure was that nobody answered, rather than an answer. */
  #isOutage = false
  /** Watches that were open and silent to their end, since anything was heard. */
  #silences = 0
  /** Why the watch that runs now is to be ended. */
  #fault: ApiError | undefined
  #running: Promise<void> | undefined

  constructor(resource: Resource<T>, around: WatchSurroundings, listeners: WatchListeners<T>) {
    this.resource = resource
    this.#around = around
    this.#listeners = listeners
    this.#standing = new Standing(resource.name, around.clock, listeners.onStatus)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Whether the first complete state is known: a list, or that it may not be read or is not there. */
  get isSettled(): boolean {
    return this.#standing.isSettled
  }

  /** Whether the API server does not let us read this; what was known before holds. */
  get isRefused(): boolean {
    return this.#standing.isRefused
  }

  status(): SourceStatus {
    return this.#standing.status(this.table.size)
  }

  /** Takes an object that was read by other means than the watch. */
  offer(object: unknown): void {
    const identity = readIdentity(object)
    if (identity !== undefined) this.#put(identity, object)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      this.#isOutage = false
      const wait = await this.#round()
      if (wait <= 0) continue
      await (this.#isOutage
        ? this.#around.outage.wait(wait, signal)
        : pause(this.#around.clock, wait, signal))
    }
  }

  /** Reads what is missing and follows changes until that ends; says how long to wait then. */
  async #round(): Promise<Ms> {
    try {
      if (this.#version === undefined) await this.#list()
      return await this.#follow(this.#version ?? '')
    } catch (error) {
      if (this.#end.signal.aborted) return 0
      if (error instanceof ApiError) return this.#failed(error)
      // A mistake of ours: the state that is known holds, and everything is read again.
      this.#version = undefined
      const why = error instanceof Error ? error.message : 'unknown error'
      this.#standing.failed(`${this.resource.name} could not be taken in: ${quoted(why, 200)}`)
      return this.#delay(undefined)
    }
  }

  async #list(): Promise<void> {
    const { path, query } = this.resource
    const rows = new Map<string, Row<T>>()
    const version = await listPages(path, query, {
      ...this.#around,
      signal: this.#end.signal,
      onItem: (item) => {
        this.#standing.heard()
        const identity = readIdentity(item)
        const row = identity === undefined ? undefined : this.#rowOf(identity, item)
        if (identity !== undefined && row !== undefined)
          rows.set(keyOf(identity.namespace, identity.name), row)
      },
      onRestart: () => rows.clear(),
    })
    if (this.#end.signal.aborted) return
    this.#version = version
    this.#silences = 0
    const changes = this.table.replace(rows)
    if (changes.length > 0) this.#listeners.onChanges(changes)
    this.#standing.listed()
    this.#around.outage.over()
  }

  async #follow(version: string): Promise<Ms> {
    const { api, clock, random, silence } = this.#around
    const { path, query } = this.resource
    const seconds = watchSeconds + Math.floor(random() * watchSeconds)
    const own = `watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(version)}&timeoutSeconds=${seconds}`
    const since = clock.now()
    let isOpen = false
    const faulty = new AbortController()
    this.#fault = undefined
    const onLine = (line: unknown) => {
      if (this.#fault === undefined) this.#take(line)
      if (this.#fault !== undefined) faulty.abort()
    }
    const end = await api.watch(query === '' ? `${path}?${own}` : `${path}?${query}&${own}`, onLine, {
      silence: silence * (1 + random() / 5),
      signal: AbortSignal.any([this.#end.signal, faulty.signal]),
      onOpen: () => {
        isOpen = true
        this.#standing.following()
        this.#around.outage.over()
      },
    })
    if (this.#fault !== undefined) throw this.#fault
    // A server that was restored from a backup says nothing to who knows more than it does: a watch from a version to come.
    if (end === 'silent' && isOpen) this.#silences += 1
    if (this.#silences >= 2) this.#version = undefined
    return this.#ended(end, clock.now() - since)
  }

  #ended(end: WatchEnd, lasted: Ms): Ms {
    if (end === 'aborted') return 0
    if (end === 'closed' && lasted >= shortest) {
      this.#wentWell()
      return 0
    }
    const why = typeof end === 'object' ? `broke: ${end.broken}` : ends[end]
    this.#standing.failed(`the watch of ${this.resource.name} ${why}; it is opened again`)
    return this.#delay(undefined)
  }

  /** What to do about an answer that was no success: how long to wait, and whether to read everything again. */
  #failed(error: ApiError): Ms {
    const isOptional = this.resource.presence === 'optional'
    if (error.status === 410) {
      this.#version = undefined
      this.#standing.failed(`${this.resource.name} are read again: the API server has forgotten our version`)
      // The first time at once, however long the server was away: until then nothing is heard.
      this.#expiries += 1
      return this.#expiries === 1 ? 0 : retryDelay(this.#expiries - 1, this.#around.random, error.retryAfter)
    }
    if (error.status === 404 && isOptional) {
      this.#version = undefined
      const changes = this.table.replace(new Map())
      if (changes.length > 0) this.#listeners.onChanges(changes)
      this.#standing.refused('')
      return askAgain * (1 + this.#around.random() / 2)
    }
    if (error.status === 403) {
      this.#standing.refused(error.message)
      return askAgain * (1 + this.#around.random() / 2)
    }
    this.#standing.failed(error.message)
    this.#isOutage = error.status === 0
    // At start nothing is served yet, and a connection that is refused costs nobody anything.
    if (this.#isOutage && !this.isSettled) this.#attempt = 0
    return this.#delay(error.retryAfter)
  }

  #delay(retryAfter: Ms | undefined): Ms {
    this.#attempt += 1
    return retryDelay(this.#attempt, this.#around.random, retryAfter)
  }

  #take(line: unknown): void {
    this.#standing.heard()
    this.#silences = 0
    const event = readWatchEvent(line)
    switch (event.kind) {
      case 'present':
        this.#wentWell()
        this.#put(event.identity, event.object)
        return this.#advance(event.identity.resourceVersion)
      case 'deleted':
        this.#wentWell()
        this.#remove(event.identity)
        return this.#advance(event.identity.resourceVersion)
      case 'bookmark':
        this.#wentWell()
        this.#standing.mended('')
        if (!isOlder(event.version, this.#version ?? '')) return this.#advance(event.version)
        return this.#relist('the API server went back to an older state')
      case 'failed': {
        const status = event.isAhead ? 410 : event.code
        const message = `the watch of ${this.resource.name} ended with ${event.code}: ${quoted(event.message, 200)}`
        this.#fault = new ApiError(message, { status, retryAfter: event.retryAfter })
        return
      }
      case 'unclear':
        this.#standing.odd('', `${this.resource.name}: ${event.why}`)
        if (event.isLost) this.#relist(event.why)
    }
  }

  #wentWell(): void {
    this.#attempt = 0
    this.#expiries = 0
  }

  #relist(why: string): void {
    this.#version = undefined
    this.#fault = new ApiError(`${this.resource.name} are read again: ${why}`, {
      status: 0,
      reason: 'Relist',
    })
  }

  /** Only ever forward: an event that comes late says nothing of where the stream is. */
  #advance(version: string): void {
    if (version !== '' && !isOlder(version, this.#version ?? '')) this.#version = version
  }

  #put(identity: ObjectIdentity, object: unknown): void {
    const key = keyOf(identity.namespace, identity.name)
    const known = this.table.get(key)
    if (known !== undefined && isOlder(identity.resourceVersion, known.version)) return
    const row = this.#rowOf(identity, object)
    const change =
      row === undefined ? this.table.remove(key, identity.resourceVersion) : this.table.put(key, row)
    if (change !== undefined) this.#listeners.onChanges([change])
  }

  #remove({ namespace, name, resourceVersion }: ObjectIdentity): void {
    const key = keyOf(namespace, name)
    this.#standing.mended(key)
    const change = this.table.remove(key, resourceVersion)
    if (change !== undefined) this.#listeners.onChanges([change])
  }

  #rowOf(identity: ObjectIdentity, json: unknown): Row<T> | undefined {
    const known = this.table.get(keyOf(identity.namespace, identity.name))
    return readRow(this.resource, json, { identity, known, standing: this.#standing })
  }
}
