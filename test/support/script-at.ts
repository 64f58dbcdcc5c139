import assert from 'node:assert/strict'
import { decideScript } from '../../src/limits/decide-script.ts'
import type { Ask } from '../../src/limits/limiter.ts'
import { refundOf } from '../../src/limits/question-parts.ts'
import { StoreKeys, type StoreShares } from '../../src/limits/store-keys.ts'
import type { RedisServer } from './redis-server.ts'

/** What the script counts from. */
const epoch = Date.UTC(2026, 0, 1)

/** What the script said of one question. */
export interface Told {
  readonly shares: StoreShares
  readonly reply: readonly number[]
  /** From 1 on; 0 when it was admitted. */
  readonly deniedBy: number
  /** Microseconds. */
  readonly wait: number
  /** Of the first share: both its numbers. */
  readonly first: number
  readonly second: number
}

/** Asks the script in a real Redis, at times of the test's own, in milliseconds. */
export class ScriptAt {
  readonly #server: RedisServer
  readonly #keys = new StoreKeys('test:')
  readonly #isExpiring: boolean

  /** @param options `expiring`: whether what is kept ends as it does elsewhere, by the clock of Redis. */
  constructor(server: RedisServer, { expiring = 'off' }: { readonly expiring?: 'on' | 'off' } = {}) {
    this.#server = server
    this.#isExpiring = expiring === 'on'
  }

  keyOf(ask: Ask): string {
    return this.#keys.keyOf(ask)
  }

  take(ms: number, ...asks: readonly Ask[]): Promise<Told> {
    return this.#call(ms, this.#keys.sharesOf(asks), asks.length)
  }

  debit(ms: number, ...asks: readonly Ask[]): Promise<Told> {
    return this.#call(ms, this.#keys.sharesOf(asks), -asks.length)
  }

  /** Looks at a share without taking anything of it, as a debit of nothing does. */
  look(ms: number, { limit, subject }: Ask): Promise<Told> {
    return this.debit(ms, { limit, subject, cost: 0 })
  }

  giveBack(ms: number, { shares, reply }: Told): Promise<Told> {
    return this.#call(ms, refundOf(shares, reply, 0), -shares.keys.length)
  }

  async #call(ms: number, shares: StoreShares, count: number): Promise<Told> {
    const us = Math.round((epoch + ms) * 1000)
    const time = `{'${Math.floor(us / 1e6)}', '${us % 1e6}'}`
    const timed = decideScript.text.replace("redis.call('TIME')", time)
    const lasting = timed.replaceAll("'PX', ", "'PX', '600000' or ")
    assert.equal(timed.includes('TIME') || lasting === timed, false)
    const script = this.#isExpiring ? timed : lasting
    const { keys, amounts } = shares
    const call = ['EVAL', script, String(keys.length), ...keys, String(count), ...amounts]
    const text = await this.#server.commands(call)
    assert.match(text, /^\*/)
    const reply = [...text.matchAll(/^:(-?\d+)/gm)].map(([, digits]) => Number(digits))
    const [deniedBy = 0, wait = 0, first = 0, second = 0] = reply
    return { shares, reply, deniedBy, wait: deniedBy === 0 ? 0 : wait, first, second }
  }
}
