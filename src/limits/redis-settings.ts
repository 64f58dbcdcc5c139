import { Secret } from '../model/secret.ts'
import type { Bytes, Ms } from '../std/units.ts'

/** How to reach the Redis that counts. */
export interface RedisSettings {
  readonly host: string
  /** 1–65535. */
  readonly port: number
  /** The name of a user of its ACL; `undefined` is the one called default. */
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly database: number
  /** `undefined` is plain TCP. */
  readonly tls: RedisTls | undefined
  /** In front of every key, so that several gateways can share one Redis without sharing counts. Default `tidegate:`. */
  readonly prefix: string
  /** How long a request waits for an answer at most. Default 30 ms; it may be exceeded by two ticks of 5 ms. */
  readonly deadline: Ms
}

export interface RedisTls {
  /** PEM; `undefined` trusts the authorities that Node knows. */
  readonly ca: string | undefined
  /** What the certificate has to be for; `undefined` is the host. */
  readonly serverName: string | undefined
}

const usual = { prefix: 'tidegate:', deadline: 30 } as const
/** A password longer than this is a mistake. */
const longestUrl: Bytes = 4096

/**
 * Reads `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`, or `rediss://…` for TLS; without a user, `:PASSWORD@`.
 *
 * @returns a sentence that says what is wrong, which never holds the URL: it may hold a password.
 */
export function redisSettings(url: string | Secret): RedisSettings | string {
  const text = url instanceof Secret ? url.reveal() : url
  const parsed = text.length > longestUrl ? null : URL.parse(text)
  if (parsed === null || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:'))
    return 'the address of Redis is no URL: write redis://HOST:PORT, or rediss://HOST:PORT for TLS'
  if (parsed.hostname === '') return 'the address of Redis has no host: write redis://HOST:PORT'
  if (parsed.search !== '' || parsed.hash !== '')
    return 'the address of Redis has a query or a fragment: leave it out'
  if (!/^\/?[0-9]{0,4}$/.test(parsed.pathname))
    return 'the path in the address of Redis is no database: write its number, such as redis://HOST:PORT/0'
  const username = decoded(parsed.username)
  const password = decoded(parsed.password)
  if (username === undefined || password === undefined)
    return 'the user or password in the address of Redis has a "%" that begins no escape: write it as %25'
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : new Secret(password),
    database: Number(parsed.pathname.slice(1)),
    tls: parsed.protocol === 'rediss:' ? { ca: undefined, serverName: undefined } : undefined,
    ...usual,
  }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
