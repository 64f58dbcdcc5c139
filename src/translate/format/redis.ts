import type { RedisAddress } from '../../model/redis-store.ts'
import { resolveSecret, type SecretReference } from '../../model/secret.ts'
import { readAddress } from './address.ts'
import { Flaw, type Format } from './flaw.ts'

/** What a URL of a Redis says. */
export interface RedisUrl {
  readonly address: RedisAddress
  readonly database: number
  readonly tls: 'on' | 'off'
}

/** Where a Redis listens: `redis://HOST[:PORT][/DATABASE]`, or `rediss://…` for TLS; port 6379 and database 0 when left out. */
export const redisUrl: Format<RedisUrl> = {
  noun: 'an address of a Redis',
  example: '"redis://redis.example.com:6379/0", or "rediss://…" for TLS',
  pattern: '^rediss?://[^@?#\\s]+$',
  read(text) {
    const url = text.length > 2048 ? null : URL.parse(text)
    if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '')
      return new Flaw('is not an address of a Redis', `write ${this.example}`)
    if (url.username !== '' || url.password !== '')
      return new Flaw(
        'holds a user or a password, which do not belong there',
        'write "username" and "password" beside it, the password as a reference: "${REDIS_PASSWORD}"',
      )
    if (url.search !== '' || url.hash !== '') return new Flaw('has a query or a fragment', 'leave it out')
    if (!/^\/?\d{0,4}$/.test(url.pathname))
      return new Flaw('has a path that is not the number of a database', `write ${this.example}`)
    return {
      address: {
        host: url.hostname.replaceAll(/^\[|\]$/g, ''),
        port: url.port === '' ? redisPort : Number(url.port),
      },
      database: Number(url.pathname.slice(1)),
      tls: url.protocol === 'rediss:' ? 'on' : 'off',
    }
  },
}

const redisPort = 6379

/** Where a node of a Redis Cluster listens; port 6379 when it is left out. */
export const redisAddress: Format<RedisAddress> = hostPort('a node of a Redis Cluster', redisPort)

/** Where a Sentinel listens; port 26379 when it is left out. */
export const sentinelAddress: Format<RedisAddress> = hostPort('a Sentinel', 26_379)

function hostPort(what: string, usualPort: number): Format<RedisAddress> {
  return {
    noun: `the address of ${what}`,
    example: `"redis-0.example.com:${usualPort}", "10.0.0.5:${usualPort}" or "[2001:db8::5]:${usualPort}"`,
    pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:\\d{1,5})?$',
    read(text) {
      if (text.includes('://') || text.includes('@'))
        return new Flaw('is more than an address', `write only host and port: ${this.example}`)
      const isWithoutPort = /^(?:[^:[\]]+|\[[^\]]*\])$/.test(text)
      const address = readAddress(isWithoutPort ? `${text}:${usualPort}` : text, this.example)
      if (address instanceof Flaw) return address
      if (address.kind === 'unix' || !/^[A-Za-z0-9._:-]{1,253}$/.test(address.host))
        return new Flaw('is not a host and a port', `write ${this.example}`)
      if (address.port === 0) return new Flaw('has port 0', 'write the port that it listens on, 1 to 65535')
      return { host: address.host, port: address.port }
    },
  }
}

/** What Sentinels call a master. */
export const sentinelMaster: Format<string> = {
  noun: 'a name of a master',
  example: '"mymaster"',
  pattern: '^[A-Za-z0-9._-]{1,64}$',
  // As Sentinel itself takes them: letters, digits and ". - _".
  read: (text) =>
    /^[A-Za-z0-9._-]{1,64}$/.test(text)
      ? text
      : new Flaw('is not a name of a master', 'write what "sentinel monitor" calls it, such as "mymaster"'),
}

/** Where a password is kept. It is looked up once, to say now that it is missing, and not kept. */
export const redisPassword: Format<SecretReference> = {
  noun: 'a reference to a password',
  example: '"${REDIS_PASSWORD}" or "file:/run/secrets/redis"',
  pattern: '^(\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|file:/.+)$',
  read(text, secrets) {
    const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1]
    if (name === undefined && !/^file:\/[^\0\n]+$/.test(text))
      return new Flaw(
        'is written into the file, where it does not belong',
        `write a reference: ${this.example}`,
      )
    const reference: SecretReference =
      name === undefined ? { kind: 'file', path: text.slice(5) } : { kind: 'env', name }
    if (resolveSecret(reference, secrets) !== undefined) return reference
    return reference.kind === 'env'
      ? new Flaw(
          `names the variable ${reference.name}, which is empty or not there`,
          `set ${reference.name} where the gateway starts`,
        )
      : new Flaw(
          `names the file ${reference.path}, which is empty or not there`,
          'put the password there, readable for the gateway',
        )
  },
}

/** The beginning of keys in a Redis. */
export const redisPrefix: Format<string> = {
  noun: 'a beginning of keys',
  example: 'letters, digits and ". _ : / -", at most 64, such as "tidegate:"',
  pattern: '^[A-Za-z0-9._:/-]{1,64}$',
  // Braces would choose the slot of a Cluster, for all keys together.
  read: (text) =>
    /^[A-Za-z0-9._:/-]{1,64}$/.test(text)
      ? text
      : new Flaw('is not a beginning of keys', `write ${redisPrefix.example}`),
}
