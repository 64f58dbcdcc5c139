import type { Secret } from '../model/secret.ts'
import type { Ms } from '../std/units.ts'

/** How to reach the Redis that counts, with its secrets looked up. */
export interface RedisSettings {
  readonly host: string
  /** 1–65535. */
  readonly port: number
  readonly database: number
  /** The name of a user of its ACL; `undefined` is the one called default. */
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** `undefined` is plain TCP. */
  readonly tls: RedisTls | undefined
  /** In front of every key, so that several gateways can share one Redis without sharing counts. */
  readonly prefix: string
  /** How long a request waits for an answer at most; it is kept to 5 ms. */
  readonly deadline: Ms
}

export interface RedisTls {
  /** PEM; `undefined` trusts the authorities that Node knows. */
  readonly ca: string | undefined
  /** What the certificate has to be for; `undefined` is the host. */
  readonly serverName: string | undefined
}
