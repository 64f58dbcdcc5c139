import { ApiError, type KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Clock } from '../../std/clock.ts'
import type { IngressObject, IngressStatus, StatusAddress } from '../../translate/kubernetes/objects.ts'
import type { ObjectRef } from '../../translate/kubernetes/pieces.ts'
import { backoffDelay } from '../backoff.ts'
import { SaidOnce, type Say, statusOf, whyOf } from './say.ts'
import { addressOf, type StatusAddresses } from './status-addresses.ts'
import type { StatusLimits } from './status-limits.ts'
import { mergedEntries } from './status-merge.ts'
import { readIngress, writeEntries } from './status-write.ts'
import { done, WorkQueue, type WorkResult } from './work-queue.ts'

/** What writing needs of leader election. */
export interface WritingTerm {
  mayWrite(): boolean
  readonly published: readonly string[]
  publish(addresses: readonly string[]): Promise<boolean>
}

export interface StatusWriterDeps {
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly random: () => number
  readonly log: Say
  readonly term: WritingTerm
  /** Our name as a field manager: what says later that it was us who wrote. */
  readonly manager: string
  readonly limits: StatusLimits
  readonly addresses: () => StatusAddresses
  readonly ingresses: () => Iterable<IngressObject>
  readonly ingressStatus: (namespace: string, name: string) => IngressStatus | undefined
}

/** Why we write to an Ingress. */
type Target =
  | { readonly kind: 'accepted'; readonly ref: ObjectRef }
  /** Ours before: our entries go. */
  | { readonly kind: 'lost'; readonly ref: ObjectRef }
  /** Never ours as far as this process knows, with entries that may be from an earlier one. */
  | { readonly kind: 'stray'; readonly ref: ObjectRef }

/** Keeps our addresses in the status of accepted Ingresses, and nowhere else; only while this replica leads. */
export class StatusWriter implements AsyncDisposable {
  readonly #deps: StatusWriterDeps
  readonly #queue: WorkQueue
  readonly #targets = new Map<string, Target>()
  /** Read from the API server before they are written: what the source knows lost against a newer version. */
  readonly #unsure = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #ending = new AbortController()
  readonly #told = new SaidOnce()
  readonly #toldUnknown = new SaidOnce()
  /** `undefined` before it could be told for the first time. */
  #wanted: readonly string[] | undefined
  #hasAccepted = false
  #hasLookedForStrays = false
  #refreshedAt = Number.NEGATIVE_INFINITY
  #timer: unknown
  #phase: 'writing' | 'clearing' | 'ended' = 'writing'
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | undefined

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps
    this.#queue = new WorkQueue({
      ...deps.limits,
      clock: deps.clock,
      mayRun: () => deps.term.mayWrite(),
      readyIn: () => 0,
      shareOf: (key) => key.slice(0, key.indexOf('/')),
      shareReadyIn: () => 0,
      run: (key) => this.#run(key),
    })
  }

  start(): void {
    this.#arm()
  }

  /** These are served by every worker now; those that were and are not any more lose our entries. */
  accept(refs: readonly ObjectRef[]): void {
    const accepted = new Map(refs.map((ref) => [keyOf(ref), ref]))
    for (const [key, target] of this.#targets)
      if (target.kind === 'accepted' && !accepted.has(key))
        this.#targets.set(key, { ...target, kind: 'lost' })
    for (const [key, ref] of accepted) this.#targets.set(key, { kind: 'accepted', ref })
    this.#hasAccepted = true
    void this.#sync()
  }

  /** Leadership came or went. */
  onLeader(isLeader: boolean): void {
    this.#hasLookedForStrays = false
    if (isLeader) void this.#sync()
  }

  /** Takes all our entries away; settles when that is done, or has failed for good. */
  async clear(): Promise<void> {
    this.#phase = 'clearing'
    this.#deps.clock.clearTimeout(this.#timer)
    for (const [key, target] of this.#targets) this.#targets.set(key, { ...target, kind: 'lost' })
    this.#queue.hurry()
    await this.#sync()
    await this.#queue.idle()
    if (this.#targets.size === 0 && this.#deps.term.mayWrite()) await this.#deps.term.publish([])
  }

  /** Begins no write any more, and breaks those off that began. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#phase = 'ended'
    this.#ending.abort()
    this.#deps.clock.clearTimeout(this.#timer)
    await this.#queue.close()
  }

  #arm(): void {
    const { clock, limits } = this.#deps
    this.#timer = clock.setTimeout(() => void this.#look(), limits.look)
  }

  async #look(): Promise<void> {
    const { clock, limits } = this.#deps
    if (clock.now() - this.#refreshedAt >= limits.refresh || this.#haveAddressesChanged()) await this.#sync()
    if (!this.#deps.term.mayWrite()) this.#forgetCleaned()
    if (this.#phase === 'writing') this.#arm()
  }

  #haveAddressesChanged(): boolean {
    const addresses = this.#deps.addresses()
    return addresses.kind === 'known' && addresses.addresses.join(',') !== this.#wanted?.join(',')
  }

  /** What another replica cleaned as the leader need not be remembered. */
  #forgetCleaned(): void {
    const { ingressStatus } = this.#deps
    for (const [key, target] of this.#targets) {
      const { namespace, name } = target.ref
      const seen = ingressStatus(namespace, name)
      const isClean = seen === undefined || this.#entriesFor(target, seen) === undefined
      if (target.kind !== 'accepted' && isClean) this.#forget(key)
    }
  }

  #forget(key: string): void {
    this.#targets.delete(key)
    this.#unsure.delete(key)
    this.#failures.delete(key)
  }

  /** Finds what has to be written; one after the other, and those that wait are one. */
  #sync(): Promise<void> {
    this.#nextSync ??= this.#syncAfter(this.#syncing)
    this.#syncing = this.#nextSync
    return this.#syncing
  }

  async #syncAfter(other: Promise<void>): Promise<void> {
    await other
    this.#nextSync = undefined
    try {
      await this.#findWork()
    } catch (error) {
      this.#tell(error)
    }
  }

  async #findWork(): Promise<void> {
    const { term, clock } = this.#deps
    if (this.#phase === 'ended' || !this.#hasAccepted || !term.mayWrite()) return
    const addresses = this.#phase === 'clearing' ? nothing : this.#deps.addresses()
    if (addresses.kind === 'off') return
    if (addresses.kind === 'unknown') this.#tellUnknown(addresses)
    if (addresses.kind === 'known' && !(await this.#announce(addresses.addresses))) return
    this.#refreshedAt = clock.now()
    this.#lookForStrays()
    for (const key of this.#targets.keys()) if (this.#needsWork(key)) this.#queue.add(key)
    await this.#forgetOldAddresses(addresses)
  }

  /** Before the first entry with a new address is written, the Lease says that it is ours. */
  async #announce(addresses: readonly string[]): Promise<boolean> {
    const { term } = this.#deps
    this.#toldUnknown.forget()
    const all = [...new Set([...term.published, ...addresses])].sort()
    if (all.length > term.published.length && !(await term.publish(all))) return false
    this.#wanted = addresses
    return true
  }

  /** Once no entry has them any more. */
  async #forgetOldAddresses(addresses: StatusAddresses): Promise<void> {
    const { term } = this.#deps
    if (addresses.kind !== 'known' || this.#queue.size > 0) return
    if (term.published.length > addresses.addresses.length) await term.publish(addresses.addresses)
  }

  #lookForStrays(): void {
    if (this.#hasLookedForStrays) return
    this.#hasLookedForStrays = true
    const published = new Set(this.#deps.term.published)
    for (const { meta } of this.#deps.ingresses()) {
      const { namespace, name, uid } = meta
      const ref = { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', namespace, name, uid } as const
      const entries = this.#deps.ingressStatus(namespace, name)?.addresses ?? []
      if (!this.#targets.has(keyOf(ref)) && entries.some((entry) => published.has(addressOf(entry))))
        this.#targets.set(keyOf(ref), { kind: 'stray', ref })
    }
  }

  /** Those that are not ours are looked at in any case: what the source knows may be older than what we wrote. */
  #needsWork(key: string): boolean {
    const target = this.#targets.get(key)
    if (target?.kind !== 'accepted') return target !== undefined
    const { namespace, name, uid } = target.ref
    const seen = this.#deps.ingressStatus(namespace, name)
    return seen?.uid === uid && this.#entriesFor(target, seen) !== undefined
  }

  #entriesFor({ kind }: Target, { addresses }: IngressStatus): readonly StatusAddress[] | undefined {
    const wanted = kind === 'accepted' ? this.#wanted : []
    return wanted && mergedEntries(addresses, { wanted, published: this.#deps.term.published })
  }

  async #run(key: string): Promise<WorkResult> {
    const target = this.#targets.get(key)
    if (target === undefined) {
      this.#forget(key)
      return done
    }
    try {
      return await this.#write(key, target)
    } catch (error) {
      return this.#afterFailure(key, error)
    }
  }

  async #write(key: string, target: Target): Promise<WorkResult> {
    const { api, manager, term } = this.#deps
    const { ref } = target
    const seen = await this.#see(key, target)
    const entries = seen?.uid === ref.uid ? this.#entriesFor(target, seen) : undefined
    if (seen !== undefined && entries !== undefined) {
      if (!term.mayWrite()) return { kind: 'again', after: 0 }
      const { signal } = this.#ending
      await writeEntries(api, entries, { ref, manager, signal, resourceVersion: seen.resourceVersion })
      this.#told.forget()
    }
    this.#unsure.delete(key)
    this.#failures.delete(key)
    if (target.kind !== 'accepted' && this.#targets.get(key) === target) this.#targets.delete(key)
    return done
  }

  /** The status as the source knows it, or as it is where that is not enough. */
  async #see(key: string, target: Target): Promise<IngressStatus | undefined> {
    const { api, manager, ingressStatus } = this.#deps
    const { ref, kind } = target
    const known = this.#unsure.has(key) ? undefined : ingressStatus(ref.namespace, ref.name)
    if (kind === 'accepted' && known !== undefined) return known
    if (kind === 'lost' && known !== undefined && this.#entriesFor(target, known) !== undefined) return known
    const fresh = await readIngress(api, { ref, manager, signal: this.#ending.signal })
    return kind === 'stray' && fresh?.isOurWork === false ? undefined : fresh
  }

  #afterFailure(key: string, error: unknown): WorkResult {
    const { random } = this.#deps
    const status = statusOf(error)
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    if (status === 404) this.#forget(key)
    if (status === 409) this.#unsure.add(key)
    if (status !== 404 && status !== 409) this.#tell(error)
    if (status === 404 || status === 403 || status === 422 || status === 400) return done
    const wait = backoffDelay(failures, status === 409 ? 100 : 1_000, 30_000, random)
    return { kind: 'again', after: Math.max(wait, error instanceof ApiError ? (error.retryAfter ?? 0) : 0) }
  }

  #tell(error: unknown): void {
    const status = statusOf(error)
    if (this.#phase === 'ended' || !this.#told.first(String(status))) return
    const remedy =
      status === 403
        ? '; give our service account "get" on ingresses and "patch" on ingresses/status in group networking.k8s.io'
        : ''
    this.#deps.log('warn', `the status of Ingresses cannot be written: ${whyOf(error)}${remedy}`)
  }

  #tellUnknown({ message, remedy }: { readonly message: string; readonly remedy: string }): void {
    if (this.#toldUnknown.first(message)) this.#deps.log('warn', `${message}; ${remedy}`)
  }
}

const nothing: StatusAddresses = { kind: 'known', addresses: [] }

function keyOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`
}
