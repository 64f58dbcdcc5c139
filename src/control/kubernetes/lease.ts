import { ApiError, type KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Clock } from '../../std/clock.ts'
import { quoted } from '../../std/quoted.ts'
import type { Ms } from '../../std/units.ts'
import {
  type LeaseRecord,
  leaseSpec,
  publishedAddresses,
  publishedAnnotation,
  replicaAnnotation,
  replicaSigns,
  secondTime,
} from './lease-record.ts'
import { type LeaseChange, LeaseStore, leaseRights } from './lease-store.ts'
import type { LeaseTimes } from './lease-times.ts'
import { LeaseWatch } from './lease-watch.ts'
import { SaidOnce, type Say, statusOf, whyOf } from './say.ts'

export interface LeadershipDeps {
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly random: () => number
  /** One of its own for every process: a new process with the name of an old one waits as any other does. */
  readonly identity: string
  readonly namespace: string
  readonly name: string
  readonly times: LeaseTimes
  readonly log: Say
  /** Told after we became the leader, and after we were it. */
  readonly onChange: (isLeader: boolean) => void
}

/**
 * Leader election by a Lease: who of the replicas writes to the cluster.
 *
 * A leader that stood still past its Lease is none from the moment it goes on, by its own clock, and becomes it again only by reading
 * the Lease. That clock does not run while a virtual machine is stopped; then a write can still begin, and loses only by its own precondition.
 */
export class Leadership implements AsyncDisposable {
  readonly #deps: LeadershipDeps
  readonly #store: LeaseStore
  readonly #watch = new LeaseWatch()
  readonly #ownSign: string
  readonly #told = new SaidOnce()
  /** When the renewal was asked for that succeeded last; `undefined` when somebody else is the leader. */
  #renewedAt: number | undefined
  /** Whether this process ever asked to be the holder. */
  #hasTried = false
  #toldLeader = false
  #signedAt: number | undefined
  #published: readonly string[] = []
  #phase: 'new' | 'running' | 'leaving' | 'ended' = 'new'
  #timer: unknown
  /** What is done with the Lease, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(deps: LeadershipDeps) {
    this.#deps = deps
    this.#store = new LeaseStore(deps.api, { ...deps, timeout: deps.times.renew })
    this.#ownSign = replicaAnnotation(deps.identity)
  }

  start(): void {
    this.#phase = 'running'
    this.#arm(0)
  }

  isLeader(): boolean {
    return this.#renewedWithin(this.#deps.times.duration)
  }

  /** Whether a write may begin at this very moment. */
  mayWrite(): boolean {
    return this.#renewedWithin(this.#deps.times.trust)
  }

  /** Addresses that entries of ours may have, as the Lease said last. */
  get published(): readonly string[] {
    return this.#published
  }

  /** Writes down which addresses our entries may have, before the first of them is written. Gives whether the Lease says so now. */
  async publish(addresses: readonly string[]): Promise<boolean> {
    const wanted = addresses.join(',')
    return this.#inTurn(async () => {
      const { lease } = await this.#store.change((lease) => {
        if (!this.#isOurs(lease) || publishedAddresses(lease).join(',') === wanted) return undefined
        return { annotations: { [publishedAnnotation]: wanted }, spec: {} }
      })
      if (lease === undefined || !this.#isOurs(lease)) return false
      this.#published = publishedAddresses(lease)
      return this.#published.join(',') === wanted
    })
  }

  /**
   * Takes our sign of life away. When no other replica is left, gives `last`, and we are the leader (until `release`) if we were not it
   * before; else whoever is left may lead.
   */
  async leave(): Promise<'last' | 'not last'> {
    this.#phase = 'leaving'
    const result = await this.#inTurn(() => this.#sayGoodbye())
    this.#tell()
    if (result === 'not last') this.#end()
    return result
  }

  /** Leaves the Lease to whoever comes next. */
  async release(): Promise<void> {
    if (this.#phase === 'ended') return
    this.#end()
    await this.#inTurn(async () => {
      this.#renewedAt = undefined
      await this.#store.change((lease) =>
        this.#isOurs(lease) ? { annotations: {}, spec: this.#spec(lease, '') } : undefined,
      )
    })
    this.#tell()
  }

  /** Ends at once, whatever is being asked; the Lease runs out by itself. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#end()
    this.#store.close()
    this.#renewedAt = undefined
    return this.#turn.then(
      () => undefined,
      () => undefined,
    )
  }

  #renewedWithin(span: Ms): boolean {
    return this.#renewedAt !== undefined && this.#deps.clock.now() - this.#renewedAt < span
  }

  #end(): void {
    this.#phase = 'ended'
    this.#deps.clock.clearTimeout(this.#timer)
  }

  #arm(after: Ms): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#timer)
    if (this.#phase !== 'ended') this.#timer = clock.setTimeout(() => void this.#round(), after)
  }

  async #round(): Promise<void> {
    const { times, random } = this.#deps
    const retry = times.retry * (1 + random())
    let next = retry
    try {
      await this.#inTurn(() => this.#look())
      this.#told.forget()
      if (this.#renewedAt !== undefined) next = times.renew
    } catch (error) {
      next = Math.max(retry, error instanceof ApiError ? (error.retryAfter ?? 0) : 0)
      this.#tellFailure(error)
    }
    this.#tell()
    this.#arm(next)
  }

  async #look(): Promise<void> {
    if (this.#phase === 'ended') return
    const { clock } = this.#deps
    let asked = clock.now()
    const { lease, change } = await this.#store.change((lease) => {
      asked = clock.now()
      this.#watch.see(lease, asked)
      if (!this.#isOurs(lease)) this.#renewedAt = undefined
      return this.#isFree(lease) ? this.#takeOrRenew(lease) : undefined
    })
    if (lease === undefined) return this.#makeLease()
    this.#published = publishedAddresses(lease)
    if (change === undefined) return this.#giveSign()
    this.#renewedAt = asked
    if (this.#ownSign in change.annotations) this.#signedAt = asked
  }

  async #makeLease(): Promise<void> {
    this.#renewedAt = undefined
    this.#hasTried = true
    const asked = this.#deps.clock.now()
    const lease = await this.#store.create({ annotations: this.#sign(), spec: this.#spec(undefined) })
    if (lease === undefined) return
    this.#renewedAt = asked
    this.#signedAt = asked
    this.#published = []
  }

  #takeOrRenew(lease: LeaseRecord): LeaseChange {
    this.#hasTried = true
    const gone = this.#silent().map((name) => [name, null])
    return { annotations: { ...Object.fromEntries(gone), ...this.#dueSign() }, spec: this.#spec(lease) }
  }

  async #giveSign(): Promise<void> {
    const asked = this.#deps.clock.now()
    const annotations = this.#dueSign()
    if (!(this.#ownSign in annotations)) return
    await this.#store.annotate(annotations)
    this.#signedAt = asked
  }

  #dueSign(): Readonly<Record<string, string>> {
    const { clock, times } = this.#deps
    const isDue = this.#signedAt === undefined || clock.now() - this.#signedAt >= times.sign
    return this.#phase === 'running' && isDue ? this.#sign() : {}
  }

  #sign(): Readonly<Record<string, string>> {
    return { [this.#ownSign]: secondTime(this.#deps.clock.wall()) }
  }

  /** Signs of life of replicas that are gone. */
  #silent(): readonly string[] {
    const { clock, times } = this.#deps
    return this.#watch.silentSince(times.sign * 3, clock.now())
  }

  async #sayGoodbye(): Promise<'last' | 'not last'> {
    const { clock, identity } = this.#deps
    let asked = clock.now()
    const { lease, change } = await this.#store.change((lease) => {
      asked = clock.now()
      this.#watch.see(lease, asked)
      return this.#goodbye(lease)
    })
    if (lease !== undefined) this.#published = publishedAddresses(lease)
    const isLast = change?.spec['holderIdentity'] === identity
    this.#renewedAt = isLast ? asked : undefined
    return isLast ? 'last' : 'not last'
  }

  #goodbye(lease: LeaseRecord): LeaseChange {
    const gone = [this.#ownSign, ...this.#silent()]
    const isAlone = [...replicaSigns(lease).keys()].every((name) => gone.includes(name))
    const annotations = { [this.#ownSign]: null }
    if (isAlone && this.#isFree(lease)) {
      this.#hasTried = true
      return { annotations, spec: this.#spec(lease) }
    }
    return { annotations, spec: this.#isOurs(lease) ? this.#spec(lease, '') : {} }
  }

  #isOurs(lease: LeaseRecord): boolean {
    return this.#hasTried && lease.holder === this.#deps.identity
  }

  #isFree(lease: LeaseRecord): boolean {
    const { clock, times } = this.#deps
    if (lease.holder === '' || this.#isOurs(lease)) return true
    return this.#watch.hasExpired(lease.duration ?? times.duration, clock.now())
  }

  #spec(lease: LeaseRecord | undefined, holder = this.#deps.identity): LeaseChange['spec'] {
    const { clock, times } = this.#deps
    return leaseSpec(lease, { holder, duration: times.duration, wall: clock.wall() })
  }

  /** Does one thing with the Lease after the other, so that our own changes do not get in each other's way. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #tell(): void {
    const isLeader = this.isLeader()
    if (isLeader === this.#toldLeader) return
    this.#toldLeader = isLeader
    const { log, onChange, name, namespace } = this.#deps
    log('info', `this replica ${isLeader ? 'writes' : 'no longer writes'} status and events`, {
      lease: `${namespace}/${name}`,
    })
    onChange(isLeader)
  }

  #tellFailure(error: unknown): void {
    const { log, name, namespace } = this.#deps
    if (this.#phase === 'ended' || !this.#told.first(String(statusOf(error)))) return
    const remedy = statusOf(error) === 403 ? `; ${leaseRights({ namespace, name })}` : ''
    log('warn', `the lease ${quoted(`${namespace}/${name}`)} cannot be kept: ${whyOf(error)}${remedy}`)
  }
}
