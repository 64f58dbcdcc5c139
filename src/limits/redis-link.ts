import { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import { elsewhereOf, failureOf, isScriptMissing } from './redis-failure.ts'
import { pauses, type RedisTarget, redisOptions } from './redis-options.ts'
import type { RedisLogin, RedisSentinels } from './redis-settings.ts'
import { SentinelWatch } from './sentinel-watch.ts'
import type { StoreAnswer, StoreFailure, StoreLink, StoreLinkEvents, StoreQuestion } from './store-link.ts'

/** Between tries to connect; a master that Sentinels have made is found within the longest. */
const pause = { firstMs: 50, longestMs: { server: 2000, sentinel: 1000 } }

const closed: StoreFailure = { kind: 'connection', cause: 'the connection was closed' }
const nowhere = { host: undefined, port: undefined }

export interface RedisLinkDeps {
  readonly clock: Clock
  readonly random: Random
}

/** One connection to one Redis, or to the master that Sentinels name, by ioredis, which is loaded when this starts. */
export class RedisLink implements StoreLink {
  readonly #target: RedisTarget
  readonly #login: RedisLogin
  readonly #clock: Clock
  readonly #pause: (times: number) => Ms
  readonly #watch: SentinelWatch | undefined
  #redis: Redis | undefined
  /** Why there is no connection, or why it went, as far as is known. */
  #last: StoreFailure = closed
  #timer: unknown = undefined
  #ends = 0
  #closed = false
  scriptLoads = 0

  constructor(target: RedisTarget, login: RedisLogin, { clock, random }: RedisLinkDeps) {
    this.#target = target
    this.#login = login
    this.#clock = clock
    this.#pause = pauses(pause.firstMs, pause.longestMs[target.kind], random)
    if (target.kind === 'sentinel') this.#watch = this.#watchOf(target)
  }

  get ready(): boolean {
    return this.#redis?.status === 'ready'
  }

  start(on: StoreLinkEvents): void {
    void this.#connect(on)
  }

  ask(question: StoreQuestion, to: StoreAnswer): void {
    const redis = this.#redis
    if (redis?.status !== 'ready') {
      queueMicrotask(() => to.onFailure({ kind: 'connection', cause: 'there is no connection' }))
      return
    }
    const { script, keys, args, asking } = question
    if (asking === 'on') redis.asking().catch(() => {})
    redis.evalsha(script.sha, keys.length, ...keys, ...args).then(
      (reply) => to.onReply(numbers(reply)),
      (error: unknown) => {
        if (isScriptMissing(error)) this.#askAnew(redis, question, to)
        else this.#fail(error, to)
      },
    )
  }

  reconnect(): void {
    this.#redis?.disconnect(true)
  }

  close(): void {
    this.#closed = true
    this.#watch?.close()
    this.#clock.clearTimeout(this.#timer)
    this.#redis?.disconnect()
  }

  #watchOf(sentinels: RedisSentinels): SentinelWatch {
    return new SentinelWatch(sentinels, {
      clock: this.#clock,
      connectedTo: () => {
        const stream = this.ready ? this.#redis?.stream : undefined
        return stream instanceof Socket ? { host: stream.remoteAddress, port: stream.remotePort } : nowhere
      },
      onAnother: () => {
        this.#last = { kind: 'connection', cause: 'the Sentinels name another master' }
        this.reconnect()
      },
    })
  }

  async #connect(on: StoreLinkEvents): Promise<void> {
    try {
      const { Redis } = await import('ioredis')
      if (this.#closed) return
      const redis = new Redis(redisOptions(this.#target, this.#login, this.#pause))
      // Without a listener ioredis prints errors, and with them the arguments of AUTH.
      redis.on('error', (error: unknown) => {
        this.#last = this.#failure(error)
      })
      redis.on('ready', () => {
        this.#last = closed
        this.#ends = 0
        on.onReady()
      })
      redis.on('close', () => {
        if (!this.#closed) on.onLost(this.#last)
      })
      redis.on('end', () => {
        if (!this.#closed) this.#onEnd(redis, on)
      })
      this.#redis = redis
      this.#watch?.start(Redis)
      await redis.connect().catch(() => {})
    } catch (error) {
      on.onLost(this.#failure(error))
    }
  }

  /** No Sentinel could say where the master is. Of a server ioredis never gives up. */
  #onEnd(redis: Redis, on: StoreLinkEvents): void {
    on.onLost(this.#last)
    this.#ends++
    this.#timer = this.#clock.setTimeout(() => void redis.connect().catch(() => {}), this.#pause(this.#ends))
  }

  /** EVAL brings the script along. */
  #askAnew(redis: Redis, { script, keys, args, asking }: StoreQuestion, to: StoreAnswer): void {
    this.scriptLoads++
    if (asking === 'on') redis.asking().catch(() => {})
    redis.eval(script.text, keys.length, ...keys, ...args).then(
      (reply) => to.onReply(numbers(reply)),
      (error: unknown) => this.#fail(error, to),
    )
  }

  #fail(error: unknown, to: StoreAnswer): void {
    const elsewhere = elsewhereOf(error)
    if (elsewhere === undefined) to.onFailure(this.#failure(error))
    else to.onElsewhere(elsewhere)
  }

  #failure(error: unknown): StoreFailure {
    const { password } = this.#login
    const passwords = this.#target.kind === 'sentinel' ? [password, this.#target.login.password] : [password]
    return failureOf(error, passwords)
  }
}

function numbers(reply: unknown): readonly number[] {
  return Array.isArray(reply) ? reply.map(Number) : []
}
