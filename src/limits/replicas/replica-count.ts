import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { within } from '../../std/within.ts'
import type { Store } from '../store.ts'
import type { StoreQuestion } from '../store-link.ts'
import { askOnce } from './ask-once.ts'
import { heartbeatScript } from './heartbeat-script.ts'
import type { ReplicaOrigin } from './replica-origins.ts'

export interface ReplicaCountOptions {
  readonly clock: Clock
  /** Belongs to this: it is started and closed with it. */
  readonly store: Store
  /** In front of every key. */
  readonly prefix: string
  /** Of this gateway: letters and digits. */
  readonly id: string
  /** Of every number that is new, or that somebody else told now, the first included. */
  readonly onCount: (count: number, from: ReplicaOrigin) => void
  readonly every?: Ms
  /** How long a gateway counts that is not heard of any more. */
  readonly life?: Ms
}

/** How often a gateway says that it is there, and after which silence it counts no more. */
const usual = { every: 5000, life: 15_000 }
/** How long a gateway that ends waits until the store has heard of it. */
const farewell: Ms = 200

/**
 * Counts the gateways that share a store, by heartbeats of each. While the store does not answer, the last count stays; and after
 * that, as at the start, fewer are believed only when all have had the time to be heard again: fewer than were supposed before, too.
 */
export class ReplicaCount {
  readonly #options: ReplicaCountOptions
  readonly #every: Ms
  readonly #life: Ms
  #count = 0
  /** Whether a count of the store is in force. */
  #isTold = false
  #timer: unknown = undefined
  /** Since when no heartbeat has failed, in monotonic milliseconds; `undefined` when the last one has. */
  #steadySince: number | undefined
  #closed = false

  constructor(options: ReplicaCountOptions) {
    this.#options = options
    this.#every = options.every ?? usual.every
    this.#life = options.life ?? usual.life
  }

  /** Gateways as they were counted or supposed last; 0 before that. */
  get count(): number {
    return this.#count
  }

  /** Resolves after the first heartbeat, or when it is known that the store is away. */
  async start(): Promise<void> {
    await this.#options.store.start()
    await this.#beat()
  }

  /** Takes the ready endpoints of our own Service for the number, as long as the store has told none since the start. */
  suppose(count: number): void {
    if (this.#isTold || this.#closed || count === this.#count) return
    this.#count = count
    this.#options.onCount(count, 'service')
  }

  /** Takes this gateway out, and ends. */
  async close(): Promise<void> {
    const { clock, store } = this.#options
    this.#closed = true
    clock.clearTimeout(this.#timer)
    await within(this.#say('leave'), farewell, clock)
    store.close()
  }

  async #beat(): Promise<void> {
    if (this.#closed) return
    this.#timer = this.#options.clock.setTimeout(() => void this.#beat(), this.#every)
    const count = await this.#say('here')
    if (!this.#closed) this.#take(count)
  }

  #take(count: number | undefined): void {
    if (count === undefined) {
      this.#steadySince = undefined
      return
    }
    const now = this.#options.clock.now()
    this.#steadySince ??= now
    if (count < this.#count && now - this.#steadySince < this.#life) return
    if (this.#isTold && count === this.#count) return
    this.#isTold = true
    this.#count = count
    this.#options.onCount(count, 'heartbeats')
  }

  /** How many there are; `undefined` when the store does not say so. */
  async #say(what: 'here' | 'leave'): Promise<number | undefined> {
    const { clock, store, prefix, id } = this.#options
    const args = [id, String(this.#life), what]
    const question: StoreQuestion = {
      script: heartbeatScript,
      keys: [`${prefix}replicas`],
      args,
      asking: 'off',
    }
    return (await askOnce(store, question, clock))?.[0]
  }
}
