import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { shortSubject } from '../leases/short-subject.ts'
import type { Store } from '../store.ts'
import type { Asker } from '../store-call.ts'
import { limitName, subjectTag } from '../store-keys.ts'
import { StoreQuestions } from '../store-questions.ts'
import { decideAlone } from './decide-alone.ts'
import { InFlight } from './in-flight.ts'
import { permitForm, renewalsInLease } from './permit-script.ts'
import { type Concurrency, denied, type NoPermit, type Permit, type PermitAsk, uncounted } from './permits.ts'

export interface StoreConcurrencyOptions {
  readonly clock: Clock
  /** Where others count too: whoever made it starts and closes it. */
  readonly store: Store
  /** In front of every key. */
  readonly prefix: string
  /** How long a request waits for the store. */
  readonly deadline: Ms
  /** How long the store keeps what this process held, once it is gone. */
  readonly lease: Ms
  /** Tells the permits of this process from those of all others. */
  readonly process: string
  /** Processes of this gateway; with `replicas`, for the part of each while the store is away. */
  readonly workers: number
  /** Gateways that share the store. */
  readonly replicas: number
}

/** A request in flight, as the store knows it. */
interface Share {
  readonly ask: PermitAsk
  readonly key: string
  /** The name of its permit. */
  readonly permit: string
}

/**
 * Counts the requests in flight of all gateways that share a store. Each permit is a lease there: this process renews what it holds, all
 * at once, and what a process held that is gone is free when its leases end. While the store does not answer, each limit decides for
 * itself what that means; permits that this process gave meanwhile are told to the store with the next renewal.
 */
export class StoreConcurrency implements Concurrency {
  readonly #options: StoreConcurrencyOptions
  readonly #questions: StoreQuestions
  readonly #own = new InFlight()
  readonly #held = new Set<Share>()
  #permits = 0
  #replicas: number
  #timer: unknown = undefined

  constructor(options: StoreConcurrencyOptions) {
    const { clock, store, deadline, lease } = options
    this.#options = options
    this.#replicas = options.replicas
    this.#questions = new StoreQuestions({ clock, store, deadline, form: permitForm(lease) })
  }

  get inFlight(): number {
    return this.#own.total
  }

  /** How many gateways share the store now. */
  setReplicas(count: number): void {
    this.#replicas = count
  }

  take({ limit, subject }: PermitAsk): Permit | NoPermit | Promise<Permit | NoPermit> {
    const ask = { limit, subject: shortSubject(subject) }
    if (this.#own.of(limit.id, ask.subject) >= limit.most) return denied
    const share: Share = { ask, key: this.#keyOf(ask), permit: this.#nextPermit() }
    if (!this.#options.store.isUp) return this.decideAlone(share)
    return new Promise((resolve) => {
      const shares = { keys: [share.key], amounts: [share.permit, String(limit.most)] }
      this.#questions.ask(shares, new Waiting(this, share, resolve))
    })
  }

  /**
   * Resolves once what was given back before is on its way. What waits is decided as if the store were away; permits that are still held
   * stay in the store until their leases end.
   */
  async close(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    this.#questions.giveUp()
  }

  /** The store has given a permit. */
  admit(share: Share, left: number): Permit {
    const { limit, subject } = share.ask
    this.#own.take(limit.id, subject, Number.POSITIVE_INFINITY)
    return this.#hold(share, left)
  }

  decideAlone(share: Share): Permit | NoPermit {
    const processes = this.#options.workers * this.#replicas
    return decideAlone(share.ask, { own: this.#own, processes }, (left) => this.#hold(share, left))
  }

  /** What the store counts, and nobody uses. */
  tellReturned({ key, permit }: Share): void {
    this.#questions.take({ keys: [key], amounts: [permit, '-1'] })
  }

  #hold(share: Share, left: number): Permit {
    this.#held.add(share)
    this.#schedule()
    return { kind: 'admitted', left, giveBack: () => this.#giveBack(share) }
  }

  #giveBack(share: Share): void {
    const { limit, subject } = share.ask
    this.#held.delete(share)
    this.#own.giveBack(limit.id, subject)
    this.tellReturned(share)
  }

  #schedule(): void {
    const { clock, lease } = this.#options
    this.#timer ??= clock.setTimeout(() => this.#renew(), lease / renewalsInLease)
  }

  #renew(): void {
    this.#timer = undefined
    for (const { key, permit } of this.#held) this.#questions.take({ keys: [key], amounts: [permit, '0'] })
    if (this.#held.size > 0) this.#schedule()
  }

  /** All of one subject stand in one slot of a Cluster; names are hashed, as they may be secrets. */
  #keyOf({ limit, subject }: PermitAsk): string {
    return `${this.#options.prefix}${subjectTag(subject)}:flight:${limitName(limit.id)}`
  }

  #nextPermit(): string {
    this.#permits += 1
    return `${this.#options.process}:${this.#permits.toString(36)}`
  }
}

class Waiting implements Asker {
  readonly #concurrency: StoreConcurrency
  readonly #share: Share
  readonly #resolve: (verdict: Permit | NoPermit) => void
  /** The store counts a permit that it gives now, and nobody gives it back. */
  #isAbandoned = false

  constructor(concurrency: StoreConcurrency, share: Share, resolve: (verdict: Permit | NoPermit) => void) {
    this.#concurrency = concurrency
    this.#share = share
    this.#resolve = resolve
  }

  onReply(reply: readonly number[], at: number): void {
    const left = reply[at] ?? -1
    this.#resolve(left < 0 ? denied : this.#concurrency.admit(this.#share, left))
  }

  onFailure(): void {
    const verdict = this.#concurrency.decideAlone(this.#share)
    this.#isAbandoned = verdict === uncounted || verdict.kind !== 'admitted'
    this.#resolve(verdict)
  }

  onLateReply(reply: readonly number[], at: number): void {
    if (this.#isAbandoned && (reply[at] ?? -1) >= 0) this.#concurrency.tellReturned(this.#share)
  }
}
