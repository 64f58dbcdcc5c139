import { ApiError, type KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Clock } from '../../std/clock.ts'
import { quoted } from '../../std/quoted.ts'
import type { Ms } from '../../std/units.ts'
import type { ObjectProblem } from '../../translate/kubernetes/pieces.ts'
import { backoffDelay } from '../backoff.ts'
import { draftEvents, type EventDraft, type EventReporter, eventNamespace } from './event.ts'
import { type EventLimits, EventPace } from './event-limits.ts'
import { type EventPlace, sayAgain, sayEvent } from './event-write.ts'
import { SaidOnce, type Say, statusOf, whyOf } from './say.ts'
import { done, WorkQueue, type WorkResult } from './work-queue.ts'

export interface EventWriterDeps {
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly random: () => number
  readonly log: Say
  readonly term: { mayWrite(): boolean }
  readonly reporter: EventReporter
  readonly limits: EventLimits
}

/**
 * Tells problems as events on their objects, each once and again before it expires; only while this replica leads. Namespaces take
 * turns, and of each the oldest problem comes first.
 * What waits is what is wrong now: a problem that went before its turn is not told, and one that stays is never forgotten.
 */
export class EventWriter implements AsyncDisposable {
  readonly #deps: EventWriterDeps
  readonly #place: EventPlace
  readonly #queue: WorkQueue
  readonly #ofObjects: EventPace
  readonly #ofNamespaces: EventPace
  readonly #told = new SaidOnce()
  readonly #ending = new AbortController()
  #drafts: ReadonlyMap<string, EventDraft> = new Map()
  /** When each was said last, by us; those of problems that are gone too, for a while. */
  readonly #saidAt = new Map<string, number>()
  /** Namespaces in which we may write no events, and until when that is believed. */
  readonly #refused = new Map<string, number>()
  /** One place where we may not write is enough to know what is missing. */
  #hasToldRefused = false
  #failures = 0
  #pausedUntil = 0
  #tidyAt = 0

  constructor(deps: EventWriterDeps) {
    const { api, clock, term, reporter, limits } = deps
    this.#deps = deps
    const { objectEach, objectBurst, namespaceEach, namespaceBurst } = limits
    this.#ofObjects = new EventPace(clock, { each: objectEach, burst: objectBurst })
    this.#ofNamespaces = new EventPace(clock, { each: namespaceEach, burst: namespaceBurst })
    this.#place = {
      api,
      reporter,
      signal: this.#ending.signal,
      wall: () => clock.wall(),
      mayWrite: () => term.mayWrite(),
    }
    this.#queue = new WorkQueue({
      ...limits,
      clock,
      mayRun: () => term.mayWrite() && clock.now() >= this.#pausedUntil,
      readyIn: (key) => this.#ofObjects.readyIn(this.#drafts.get(key)?.objectKey ?? ''),
      shareOf: (key) => this.#namespaceOf(key),
      shareReadyIn: (namespace) => this.#namespaceReadyIn(namespace),
      run: (key) => this.#run(key),
    })
  }

  /** All that is wrong now; whatever is not among it any more is dropped. */
  report(problems: readonly ObjectProblem[]): void {
    const { clock, limits } = this.#deps
    const before = this.#drafts
    this.#drafts = draftEvents(problems)
    for (const key of before.keys()) if (!this.#drafts.has(key)) this.#queue.delete(key)
    for (const key of this.#drafts.keys()) {
      if (before.has(key)) continue
      const said = this.#saidAt.get(key)
      this.#queue.add(key, said === undefined ? 0 : Math.max(0, said + limits.apart - clock.now()))
    }
    this.#tidy()
  }

  /** Leadership came or went. */
  onLeader(isLeader: boolean): void {
    if (isLeader) this.#queue.wake()
  }

  /** Drops what waits, and breaks off what is being said. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#queue.close()
  }

  #namespaceOf(key: string): string {
    const draft = this.#drafts.get(key)
    return draft === undefined ? '' : eventNamespace(draft)
  }

  #namespaceReadyIn(namespace: string): Ms {
    const refused = (this.#refused.get(namespace) ?? 0) - this.#deps.clock.now()
    return Math.max(refused, this.#ofNamespaces.readyIn(namespace))
  }

  async #run(key: string): Promise<WorkResult> {
    const { clock, limits } = this.#deps
    const draft = this.#drafts.get(key)
    if (draft === undefined) return done
    try {
      const result = await (this.#saidAt.has(key) ? sayAgain : sayEvent)(draft, this.#place)
      if (result === 'not now') return { kind: 'again', after: 1000 }
    } catch (error) {
      return this.#afterFailure(draft, error)
    }
    this.#failures = 0
    this.#told.forget()
    this.#ofObjects.take(draft.objectKey)
    this.#ofNamespaces.take(eventNamespace(draft))
    this.#saidAt.set(key, clock.now())
    return { kind: 'again', after: limits.again }
  }

  /** Nothing here stops anything: what failed comes again later. */
  #afterFailure(draft: EventDraft, error: unknown): WorkResult {
    const { clock, limits, random } = this.#deps
    const namespace = eventNamespace(draft)
    switch (statusOf(error)) {
      case 404: // The namespace is gone, and the object with it.
        return { kind: 'again', after: limits.again }
      case 403:
        if (!isEnding(error)) this.#tellRefused(namespace, error)
        this.#refused.set(namespace, clock.now() + limits.refused)
        return { kind: 'again', after: limits.refused }
      case 400:
      case 413:
      case 422:
        this.#tell(`of reason ${quoted(draft.reason)}`, error)
        return { kind: 'again', after: limits.again }
      default: {
        this.#failures++
        const wait = backoffDelay(this.#failures, 1_000, 60_000, random)
        const after = Math.max(wait, error instanceof ApiError ? (error.retryAfter ?? 0) : 0)
        this.#pausedUntil = clock.now() + after
        this.#tell('now', error)
        return { kind: 'again', after }
      }
    }
  }

  #tellRefused(namespace: string, error: unknown): void {
    if (this.#hasToldRefused) return
    this.#hasToldRefused = true
    const remedy = `give our service account "create" and "patch" on events in group events.k8s.io, in namespace ${quoted(namespace)} or everywhere`
    this.#deps.log(
      'warn',
      `events cannot be written in namespace ${quoted(namespace)}: ${whyOf(error)}; ${remedy}`,
    )
  }

  #tell(what: string, error: unknown): void {
    if (this.#ending.signal.aborted || !this.#told.first(what)) return
    this.#deps.log('warn', `events cannot be written ${what}: ${whyOf(error)}`)
  }

  /** Once a minute: what has expired by now, or may have. */
  #tidy(): void {
    const { clock, limits } = this.#deps
    const now = clock.now()
    if (now < this.#tidyAt) return
    this.#tidyAt = now + 60_000
    this.#ofObjects.tidy()
    this.#ofNamespaces.tidy()
    for (const [namespace, until] of this.#refused) if (until <= now) this.#refused.delete(namespace)
    for (const [key, at] of this.#saidAt)
      if (!this.#drafts.has(key) && now - at >= limits.again) this.#saidAt.delete(key)
  }
}

/** A namespace that is being deleted takes nothing new; nobody's rights are wrong. */
function isEnding(error: unknown): boolean {
  return whyOf(error).includes('being terminated')
}
