import type { Ms } from '../std/units.ts'
import type { SecretReference } from './secret.ts'

/** Where a Redis listens. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** Where limits are counted: one server, the master that Sentinels name, or a Cluster. */
export type RedisPlace =
  | { readonly kind: 'server'; readonly address: RedisAddress; readonly database: number }
  | RedisSentinels
  | { readonly kind: 'cluster'; readonly addresses: readonly RedisAddress[] }

/** Sentinels, which know the master. */
export interface RedisSentinels {
  readonly kind: 'sentinel'
  /** What they call the master. */
  readonly name: string
  /** Of the Sentinels. */
  readonly addresses: readonly RedisAddress[]
  /** A user of theirs; `undefined` is the one called default. */
  readonly username: string | undefined
  readonly password: SecretReference | undefined
  readonly tls: 'on' | 'off'
  /** Of the master. */
  readonly database: number
}

/** The Redis in which replicas count their rate limits together. Takes effect at start. */
export interface RedisStore {
  readonly place: RedisPlace
  readonly tls: 'on' | 'off'
  /** A user of its ACL; `undefined` is the one called default. */
  readonly username: string | undefined
  /** Only where it is kept: see `resolveSecret`. */
  readonly password: SecretReference | undefined
  /** A file with the authorities that its certificate may be from; `undefined` is those that Node knows. */
  readonly ca: string | undefined
  /** What its certificate has to be for; `undefined` is the host. */
  readonly serverName: string | undefined
  /** In front of every key. */
  readonly prefix: string
  /** How long a request waits for it at most. */
  readonly deadline: Ms
  /** Gateways that share it: while it is away, each admits its part of limits that count on by themselves. `auto` counts them. */
  readonly replicas: number | 'auto'
}
