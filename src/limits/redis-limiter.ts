import { wholeOf } from '../model/filters/rate-limit.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { DenyCache } from './deny-cache.ts'
import { intervalOf, leftOf, waitFor } from './gcra.ts'
import { LimitCounts } from './limit-counts.ts'
import type { Ask, RunningLimiter, StoreEvent, Verdict } from './limiter.ts'
import type { LocalLimiter } from './local-limiter.ts'
import { isInOneSlot, partsOf } from './question-parts.ts'
import { leftOfQuota } from './quota.ts'
import { SplitQuestion } from './split-question.ts'
import type { Store, StoreDeps } from './store.ts'
import type { Asker } from './store-call.ts'
import { StoreKeys, type StoreShares } from './store-keys.ts'
import { StoreQuestions } from './store-questions.ts'
import { decideForm } from './store-scripts.ts'
import { withoutStore } from './without-store.ts'

export interface RedisLimiterOptions {
  readonly clock: Clock
  readonly store: (deps: StoreDeps) => Store
  /** Counts for limits that are `local` while the store is away. */
  readonly local: LocalLimiter
  /** In front of every key. */
  readonly prefix: string
  readonly deadline: Ms
  /** Subjects whose denial is remembered, at most. */
  readonly subjects: number
  /** How long a denial is remembered, at most. */
  readonly denials: Ms
  readonly onEvent: (event: StoreEvent) => void
}

/**
 * Counts in a Redis that others share: one round trip for each question, whatever the number of its limits, and none for subjects
 * whose denial is known. In a Cluster the subjects of a question may lie apart: see `SplitQuestion`. While Redis does not answer, each
 * limit decides for itself what that means.
 */
export class RedisLimiter implements RunningLimiter {
  readonly #clock: Clock
  readonly #store: Store
  readonly #local: LocalLimiter
  readonly #keys: StoreKeys
  readonly #denied: DenyCache
  readonly #questions: StoreQuestions
  readonly #counts = new LimitCounts()
  readonly #slotOf = (key: string): number => this.#store.slotOf(key)

  constructor({ clock, store, local, prefix, deadline, subjects, denials, onEvent }: RedisLimiterOptions) {
    this.#clock = clock
    this.#local = local
    this.#keys = new StoreKeys(prefix)
    this.#denied = new DenyCache(clock, subjects, denials)
    this.#store = store({
      clock,
      counts: this.#counts,
      onEvent,
      onDown: (node) => this.#questions.giveUp(node),
    })
    this.#questions = new StoreQuestions({ clock, store: this.#store, deadline, form: decideForm })
  }

  get counters(): LimitCounts {
    this.#counts.scriptLoads = this.#store.scriptLoads
    this.#counts.subjects = this.#denied.size + this.#local.counters.subjects
    return this.#counts
  }

  /** For others who count there too. */
  get store(): Store {
    return this.#store
  }

  start(): Promise<void> {
    return this.#store.start()
  }

  async close(): Promise<void> {
    this.#store.close()
    this.#questions.giveUp()
  }

  setReplicas(count: number): void {
    this.#local.setReplicas(count)
  }

  take(asks: readonly Ask[]): Verdict | Promise<Verdict> {
    if (!this.#store.isUp) return this.decideAlone(asks)
    const known = this.#denied.find(asks)
    if (known !== undefined) {
      this.#counts.decisions.denyCache++
      return known
    }
    const shares = this.#keys.sharesOf(asks)
    const at = this.#clock.now()
    return new Promise((resolve) => {
      if (asks.length === 1 || isInOneSlot(shares.keys, this.#slotOf))
        this.#questions.ask(shares, new Waiting(this, { asks, at, resolve }))
      else this.#askApart({ asks, at, resolve }, shares)
    })
  }

  debit(asks: readonly Ask[]): void {
    if (!this.#store.isUp) {
      this.#debitAlone(asks)
      return
    }
    for (const { slot, shares, asks: of } of partsOf(asks, this.#keys.sharesOf(asks), this.#slotOf)) {
      if (this.#isAsked(slot)) this.#questions.take(shares)
      else this.#debitAlone(of)
    }
  }

  decideAlone(asks: readonly Ask[]): Verdict {
    const verdict = withoutStore(asks, this.#local)
    this.#counts.decisions[verdict.kind === 'unavailable' ? 'unavailable' : withoutBy(verdict)]++
    return verdict
  }

  /** @param at when it was asked, in monotonic milliseconds. */
  judge(
    asks: readonly Ask[],
    reply: readonly number[],
    { at, place }: { at: number; place: number },
  ): Verdict {
    this.#counts.decisions.store++
    return this.#read(asks, reply, { at, place })
  }

  #askApart({ asks, at, resolve }: Question, shares: StoreShares): void {
    const parts = partsOf(asks, shares, this.#slotOf)
    new SplitQuestion(asks, parts, {
      isUp: ({ slot }) => this.#isAsked(slot),
      ask: (part, asker) => this.#questions.ask(part.shares, asker),
      judge: (part, reply, place) => this.#read(part.asks, reply, { at, place }),
      decideAlone: (alone) => this.decideAlone(alone),
      refund: (of) => this.#refund(of),
      resolve: (verdict) => {
        if (verdict.by === 'store') this.#counts.decisions.store++
        resolve(verdict)
      },
    }).start()
  }

  /** Gives back what a request took that was refused elsewhere. What the store cannot be told is lost. */
  #refund(shares: StoreShares): void {
    const [first = ''] = shares.keys
    if (this.#isAsked(this.#slotOf(first))) {
      this.#counts.refunds += shares.keys.length
      this.#questions.take(shares)
    } else this.#counts.untold += shares.keys.length
  }

  /** Limits that are `local` count here meanwhile; of the others nobody does. */
  #debitAlone(asks: readonly Ask[]): void {
    const local = asks.filter(({ limit }) => limit.onStoreError === 'local')
    this.#local.debit(local)
    this.#counts.untold += asks.length - local.length
  }

  #isAsked(slot: number): boolean {
    return this.#store.nodeOf(slot)?.health.isUp === true
  }

  #read(
    asks: readonly Ask[],
    reply: readonly number[],
    { at, place }: { at: number; place: number },
  ): Verdict {
    const deniedBy = (reply[place] ?? 0) - 1
    // Where nothing denies, the time stands there.
    const retryAfterMs = deniedBy < 0 ? 0 : (reply[place + 1] ?? 0) / 1000
    const remaining: number[] = []
    const resetMs: Ms[] = []
    for (const ask of asks) {
      const index = resetMs.length
      const { limit } = ask
      const reset = (reply[place + 2 + 2 * index] ?? 0) / 1000
      resetMs.push(reset)
      if (limit.kind === 'quota') {
        remaining.push(leftOfQuota(reply[place + 3 + 2 * index] ?? 0, limit.rate))
        if (deniedBy === index) this.#denied.add(ask, { at, reset, wait: retryAfterMs })
        continue
      }
      const interval = intervalOf(limit)
      const capacity = interval * wholeOf(limit)
      remaining.push(leftOf(reset, interval, capacity))
      if (deniedBy < 0) continue
      const wait = waitFor(reset, ask.cost * interval, capacity)
      if (wait > 0) this.#denied.add(ask, { at, reset, wait })
    }
    return {
      kind: deniedBy < 0 ? 'admitted' : 'denied',
      remaining,
      resetMs,
      retryAfterMs,
      deniedBy,
      by: 'store',
    }
  }
}

function withoutBy({ by }: Verdict): 'local' | 'nobody' {
  return by === 'local' ? 'local' : 'nobody'
}

interface Question {
  readonly asks: readonly Ask[]
  readonly at: number
  readonly resolve: (verdict: Verdict) => void
}

class Waiting implements Asker {
  readonly #limiter: RedisLimiter
  readonly #question: Question

  constructor(limiter: RedisLimiter, question: Question) {
    this.#limiter = limiter
    this.#question = question
  }

  onReply(reply: readonly number[], place: number): void {
    const { asks, at, resolve } = this.#question
    resolve(this.#limiter.judge(asks, reply, { at, place }))
  }

  onFailure(): void {
    this.#question.resolve(this.#limiter.decideAlone(this.#question.asks))
  }
}
