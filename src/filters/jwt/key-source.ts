import type { RemoteKeys } from '../../model/filters/jwt.ts'
import { longestJwkSet } from '../../model/jwk-set.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { FetchDocument, FetchedDocument, KeysEvent, KeysState } from './fetch-keys.ts'
import { type KeySet, keySetOf } from './key-set.ts'

/** Where keys come from; a set that was written down never changes. */
export interface KeySource {
  /** `undefined` when there are none that may be used now. */
  current(): KeySet | undefined
  /** Settles when the fetch has ended that is under way; `undefined` when there is none, or too many wait for it already. */
  arrival(): Promise<void> | undefined
  /** As `arrival`, for a key that is not there: begins a fetch when the last one is long enough ago. */
  newer(): Promise<void> | undefined
}

/** What fetching runs with. */
export interface KeySourceDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly fetch: FetchDocument
  readonly onFetched: (result: 'success' | 'failure') => void
  readonly onEvent: (event: KeysEvent) => void
}

/** Keys that are written down; `undefined` where there are none, and every request is refused. */
export function fixedKeys(keys: KeySet | undefined): KeySource {
  return { current: () => keys, arrival: () => undefined, newer: () => undefined }
}

/** Fetches closer together help nobody: an answer may say `max-age=0`. */
const leastRefreshMs: Ms = 30_000
/** After a failure: one second, then twice as long each time. */
const [firstRetryMs, lastRetryMs]: readonly [Ms, Ms] = [1_000, 60_000]
/** Requests that wait for one fetch; those beyond are answered at once. */
const mostWaiting = 1_000

/**
 * The keys of an issuer, fetched in the background again and again. Requests wait only while there are none, or for a key that
 * is not among them. Keys stay in use while fetching fails, as long as `staleMs` allows.
 *
 * Its timer does not hold it: when no route refers to it any more, it is collected, and fetches no more.
 */
export class RemoteKeySource implements KeySource {
  readonly #remote: RemoteKeys
  readonly #deps: KeySourceDeps
  #keys: KeySet | undefined
  #text = ''
  #usableUntil = -Infinity
  #state: KeysState = 'pending'
  #fetching: Promise<void> | undefined
  #waiting = 0
  #failures = 0
  #startedAt = -Infinity
  #timer: unknown

  constructor(remote: RemoteKeys, deps: KeySourceDeps) {
    this.#remote = remote
    this.#deps = deps
  }

  /** Begins a fetch unless one is under way; when it has ended, it plans the next. */
  start(): void {
    if (this.#fetching !== undefined) return
    const { clock } = this.#deps
    clock.clearTimeout(this.#timer)
    this.#startedAt = clock.now()
    this.#waiting = 0
    this.#fetching = this.#fetch()
  }

  /** Takes the keys of another source of the same document, fetched in the same way, for as long as it would use them itself. */
  inherit(other: RemoteKeySource): void {
    const { url, ca, staleMs } = this.#remote
    const keys = other.#remote.url === url && other.#remote.ca === ca ? other.current() : undefined
    if (keys === undefined) return
    const usableUntil = other.#usableUntil - other.#remote.staleMs + staleMs
    if (usableUntil <= this.#usableUntil) return
    this.#keys = keys
    this.#text = other.#text
    this.#usableUntil = usableUntil
  }

  current(): KeySet | undefined {
    if (this.#keys === undefined || this.#deps.clock.now() < this.#usableUntil) return this.#keys
    this.#keys = undefined
    this.#text = ''
    this.#become('gone', 'the last keys are too old')
    return undefined
  }

  arrival(): Promise<void> | undefined {
    if (this.#fetching === undefined || this.#waiting >= mostWaiting) return undefined
    this.#waiting += 1
    return this.#fetching
  }

  newer(): Promise<void> | undefined {
    if (this.#fetching === undefined) {
      if (this.#deps.clock.now() - this.#startedAt < this.#remote.unknownKeyMs) return undefined
      this.start()
    }
    return this.arrival()
  }

  async #fetch(): Promise<void> {
    const { url, ca, timeoutMs } = this.#remote
    const fetched = await this.#deps.fetch({ url, ca, timeoutMs, most: longestJwkSet })
    const flaw = fetched.kind === 'fetched' ? this.#take(fetched) : fetched.why
    this.#fetching = undefined
    // It waits to be collected, or for its configuration to come back: nobody needs to hear of it.
    const isOutOfForce = fetched.kind === 'forgotten' && this.#state !== 'pending'
    if (!isOutOfForce) this.#deps.onFetched(flaw === undefined ? 'success' : 'failure')
    if (flaw === undefined) return
    this.#failures += 1
    if (!isOutOfForce) this.#become(this.current() === undefined ? 'gone' : 'stale', flaw)
    this.#plan(this.#retryMs())
  }

  /** What is wrong with a document; `undefined` when its keys are in force now. */
  #take({ text, maxAgeMs }: Extract<FetchedDocument, { kind: 'fetched' }>): string | undefined {
    // The same text keeps its keys, and what was verified with them.
    const keys = text === this.#text && this.#keys !== undefined ? this.#keys : keySetOf(text)
    if (typeof keys === 'string') return `the answer ${keys}`
    const { refreshMs, staleMs } = this.#remote
    const age = Math.max(Math.min(leastRefreshMs, refreshMs), Math.min(maxAgeMs ?? refreshMs, refreshMs))
    this.#keys = keys
    this.#text = text
    this.#failures = 0
    this.#usableUntil = this.#deps.clock.now() + age + staleMs
    const skipped = keys.skipped.length === 0 ? '' : `; left out: ${keys.skipped.join(', ')}`
    this.#become('fresh', `${new Set(keys.verifiers.map(({ kid }) => kid)).size} keys${skipped}`)
    // Replicas and workers that started together shall not ask together for ever.
    this.#plan(age * (0.8 + this.#deps.random() * 0.2))
    return undefined
  }

  #retryMs(): Ms {
    const doubled = Math.min(firstRetryMs * 2 ** Math.min(this.#failures - 1, 10), lastRetryMs)
    return Math.min(doubled, this.#remote.refreshMs) * (0.5 + this.#deps.random() * 0.5)
  }

  #plan(ms: Ms): void {
    const self = new WeakRef(this)
    this.#timer = this.#deps.clock.setTimeout(() => self.deref()?.start(), ms)
  }

  #become(to: KeysState, cause: string): void {
    const from = this.#state
    if (from === to) return
    this.#state = to
    this.#deps.onEvent({ url: this.#remote.url, from, to, cause })
  }
}
