import type { RedisAddress } from '../model/redis-store.ts'
import type { Secret } from '../model/secret.ts'
import type { Ms } from '../std/units.ts'

/** How to reach the Redis that counts, with its secrets looked up. */
export interface RedisSettings extends RedisLogin {
  readonly place: RedisPlace
  /** In front of every key, so that several gateways can share one Redis without sharing counts. */
  readonly prefix: string
  /** How long a request waits for an answer at most; it is kept to 5 ms. */
  readonly deadline: Ms
}

/** Where it is: one server, the master that Sentinels name, or a Cluster. */
export type RedisPlace =
  | { readonly kind: 'server'; readonly address: RedisAddress; readonly database: number }
  | RedisSentinels
  | { readonly kind: 'cluster'; readonly addresses: readonly RedisAddress[] }

export interface RedisSentinels {
  readonly kind: 'sentinel'
  /** What they call the master. */
  readonly name: string
  /** Of the Sentinels; asked in turn. */
  readonly addresses: readonly RedisAddress[]
  /** Of the Sentinels themselves. */
  readonly login: RedisLogin
  /** Of the master. */
  readonly database: number
}

/** How a server is talked to. */
export interface RedisLogin {
  /** The name of a user of its ACL; `undefined` is the one called default. */
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** `undefined` is plain TCP. */
  readonly tls: RedisTls | undefined
}

export interface RedisTls {
  /** PEM; `undefined` trusts the authorities that Node knows. */
  readonly ca: string | undefined
  /** What the certificate has to be for; `undefined` is the host. */
  readonly serverName: string | undefined
}
