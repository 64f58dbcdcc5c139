import type { Ms } from '../std/units.ts'
import type { SecretReference } from './secret.ts'

/** Where a Redis listens. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly database: number
  readonly tls: 'on' | 'off'
}

/** The Redis in which replicas count their rate limits together. Takes effect at start. */
export interface RedisStore {
  readonly address: RedisAddress
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
  /** Gateways that share it: while it is away, each admits its part of limits that count on by themselves. */
  readonly replicas: number
}
