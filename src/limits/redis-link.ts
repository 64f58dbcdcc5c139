import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Redis, RedisOptions } from 'ioredis'
import { printedSecret } from '../model/secret.ts'
import type { Random } from '../std/random.ts'
import { gcraScript, gcraScriptSha } from './gcra-script.ts'
import type { StoreErrorKind } from './limiter.ts'
import type { RedisSettings, RedisTls } from './redis-settings.ts'
import type { StoreAnswer, StoreFailure, StoreLink, StoreLinkEvents } from './store-link.ts'

/** A connection that is not there by then is tried anew. */
const connectTimeoutMs = 1000
/** Between tries to connect: from the first to the second, doubling, each by half at random. */
const pauses = { firstMs: 50, longestMs: 2000 }

/** One connection to one Redis, by ioredis, which is loaded when this starts. */
export class RedisLink implements StoreLink {
  readonly #settings: RedisSettings
  readonly #random: Random
  #redis: Redis | undefined
  #closed = false
  scriptLoads = 0

  constructor(settings: RedisSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  get ready(): boolean {
    return this.#redis?.status === 'ready'
  }

  start(on: StoreLinkEvents): void {
    void this.#connect(on)
  }

  ask(keys: readonly string[], args: readonly string[], to: StoreAnswer): void {
    const redis = this.#redis
    if (redis?.status !== 'ready') {
      queueMicrotask(() => to.onFailure({ kind: 'connection', cause: 'there is no connection' }))
      return
    }
    redis.evalsha(gcraScriptSha, keys.length, ...keys, ...args).then(
      (reply) => to.onReply(numbers(reply)),
      (error: unknown) => {
        if (messageOf(error).startsWith('NOSCRIPT')) this.#askAnew(redis, keys, args, to)
        else to.onFailure(this.#failure(error))
      },
    )
  }

  reconnect(): void {
    this.#redis?.disconnect(true)
  }

  close(): void {
    this.#closed = true
    this.#redis?.disconnect()
  }

  async #connect(on: StoreLinkEvents): Promise<void> {
    try {
      const { Redis } = await import('ioredis')
      if (this.#closed) return
      const redis = new Redis(redisOptions(this.#settings, this.#random))
      // Without a listener ioredis prints errors, and with them the arguments of AUTH.
      let last: StoreFailure = { kind: 'connection', cause: 'the connection was closed' }
      redis.on('error', (error: unknown) => {
        last = this.#failure(error)
      })
      redis.on('ready', () => {
        last = { kind: 'connection', cause: 'the connection was closed' }
        on.onReady()
      })
      redis.on('close', () => {
        if (!this.#closed) on.onLost(last)
      })
      this.#redis = redis
      await redis.connect().catch(() => {})
    } catch (error) {
      on.onLost(this.#failure(error))
    }
  }

  /** The script was flushed, or this is another server: EVAL brings it along. */
  #askAnew(redis: Redis, keys: readonly string[], args: readonly string[], to: StoreAnswer): void {
    this.scriptLoads++
    redis.eval(gcraScript, keys.length, ...keys, ...args).then(
      (reply) => to.onReply(numbers(reply)),
      (error: unknown) => to.onFailure(this.#failure(error)),
    )
  }

  #failure(error: unknown): StoreFailure {
    const message = messageOf(error)
    if (ofClient.test(message)) return { kind: 'connection', cause: 'the connection broke' }
    return { kind: kindOf(message), cause: cleaned(message, this.#settings) }
  }
}

function redisOptions(settings: RedisSettings, random: Random): RedisOptions & { replyMapping: 'legacy' } {
  const { host, port, username, password, database, tls } = settings
  return {
    host,
    port,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(tls === undefined ? {} : { tls: tlsOptions(tls, host) }),
    connectionName: 'tidegate',
    // Of the third protocol nothing is used, and proxies of Redis do not all speak it.
    protocol: 2,
    replyMapping: 'legacy',
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 500,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 500,
    retryStrategy: (times) => {
      const pause = Math.min(pauses.longestMs, pauses.firstMs * 2 ** Math.min(times - 1, 10))
      return pause * (0.5 + random() / 2)
    },
  }
}

function tlsOptions({ ca, serverName }: RedisTls, host: string): ConnectionOptions {
  // An address is no server name (RFC 6066 §3); the certificate is compared with it all the same.
  const name = serverName ?? (isIP(host) === 0 ? host : undefined)
  return { ...(name === undefined ? {} : { servername: name }), ...(ca === undefined ? {} : { ca }) }
}

function numbers(reply: unknown): readonly number[] {
  return Array.isArray(reply) ? reply.map(Number) : []
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Only the message: the error holds the command that failed too, with its arguments. */
function cleaned(message: string, { password }: RedisSettings): string {
  const text = password === undefined ? message : message.replaceAll(password.reveal(), printedSecret)
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}

/** How ioredis says that a command could not be sent, or its answer did not come. */
const ofClient = /^(?:Reached the max retries|Stream isn't writeable|Connection is closed|Command aborted)/

const kinds: readonly (readonly [RegExp, StoreErrorKind])[] = [
  [/^LOADING|loading the dataset/, 'loading'],
  [/^READONLY/, 'readonly'],
  [/^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/, 'auth'],
  [/^OOM/, 'memory'],
  [/^[A-Z]+ /, 'other'],
]

/** By the first word of what Redis says; errors of the connection begin otherwise. */
function kindOf(message: string): StoreErrorKind {
  return kinds.find(([form]) => form.test(message))?.[1] ?? 'connection'
}
