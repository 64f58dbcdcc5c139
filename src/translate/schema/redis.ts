import type { Static } from 'typebox'
import type { RedisAddress } from '../../model/redis-store.ts'
import type { Ms } from '../../std/units.ts'
import { Flaw } from '../format/flaw.ts'
import type { RedisUrl } from '../format/redis.ts'
import { listOf, type Mismatch, object, optional, text, whole, wholeOr, word } from './build.ts'

/** Longer, and a frozen Redis is felt in every request until the breaker opens. */
const longestDeadline = 1000

/** How the master is found that Sentinels watch. */
const sentinelSchema = object(
  'the Sentinels of a Redis',
  {
    name: text('sentinelMaster', {
      description: 'What they call the master, as in their `sentinel monitor`.',
      examples: ['mymaster'],
    }),
    addresses: listOf(text('sentinelAddress', { description: 'Where one listens.' }), {
      description: 'Where they listen: `HOST:PORT`, port 26379 when it is left out. They are asked in turn.',
      examples: [['sentinel-0:26379', 'sentinel-1:26379', 'sentinel-2:26379']],
      minItems: 1,
    }),
    username: optional(
      text('matchedValue', {
        description:
          'A user of the ACL of the Sentinels, who needs `+sentinel|get-master-addr-by-name`; that of the master stands beside `sentinel`.',
      }),
    ),
    password: optional(
      text('redisPassword', {
        description: 'The password of the Sentinels: `${VARIABLE}` or `file:/path`.',
        examples: ['${SENTINEL_PASSWORD}'],
      }),
    ),
    tls: optional(
      word(['on', 'off'], {
        description:
          'TLS to the Sentinels, with `ca` of the Redis; without it, as `tls` of the Redis says. Their certificates have to be for their addresses.',
      }),
    ),
  },
  { description: 'Sentinels that know the master: it is followed when they make another one.' },
)

/** The Redis of rate limits. */
export const redisSchema = object(
  'the Redis of rate limits',
  {
    url: optional(
      text('redisUrl', {
        description:
          'Where it is, when it is one server: `redis://HOST:PORT/DATABASE`, or `rediss://…` for TLS; no user and no password.',
        examples: ['redis://redis:6379'],
      }),
    ),
    sentinel: optional(sentinelSchema),
    cluster: optional(
      listOf(text('redisAddress', { description: 'Where one listens.' }), {
        description:
          'Some nodes of a Redis Cluster: `HOST:PORT`, port 6379 when it is left out. They say where the others are.',
        examples: [['redis-0:6379', 'redis-1:6379', 'redis-2:6379']],
        minItems: 1,
      }),
    ),
    database: optional(
      whole(0, 9999, {
        description:
          'The number of the database, with `sentinel`; 0 without it. A Cluster has no other, and `url` says it itself.',
      }),
    ),
    tls: optional(
      word(['on', 'off'], {
        description: 'TLS, with `sentinel` and `cluster`; off without it. `url` says it itself.',
      }),
    ),
    username: optional(
      text('matchedValue', {
        description:
          'A user of its ACL, who needs `+eval +evalsha +time +get +set +info ~tidegate:*`, for limits of concurrency `+zadd +zrem +zcard +zremrangebyscore +pexpire` too, and of a Cluster `+asking +cluster|slots`.',
      }),
    ),
    password: optional(
      text('redisPassword', {
        description: 'Its password: `${VARIABLE}` or `file:/path`, never the password itself.',
        examples: ['${REDIS_PASSWORD}'],
      }),
    ),
    ca: optional(
      text('materialFile', {
        description:
          'The authorities that its certificate may be from, as PEM; without it those that Node knows. Read at start.',
      }),
    ),
    serverName: optional(
      text('tlsName', { description: 'The name that its certificate has to be for; without it, the host.' }),
    ),
    prefix: text('redisPrefix', {
      default: 'tidegate:',
      description: 'What every key begins with. Gateways with the same one share their counts.',
    }),
    deadline: text('duration', {
      default: '30ms',
      description:
        'How long a request waits for Redis, at most 1s; then its limit decides without it, by `onStoreError`.',
    }),
    replicas: wholeOr(1, 1000, { auto: 'auto' } as const, {
      default: 'auto',
      description:
        'Gateways that share it. While Redis is away, limits with `onStoreError: local` admit this part of their rate in each. `auto`: they count each other, and the last count holds while it is away; before there was one, in Kubernetes with `status.from: service`, the ready endpoints of that Service.',
    }),
  },
  {
    description: 'The Redis in which replicas count rate limits together. Takes effect at start.',
    check: (redis) => checkPlace(redis) ?? checkTls(redis) ?? checkDeadline(redis),
  },
)

export type NativeRedis = Static<typeof redisSchema>

/** What the parts of the block are held against each other by. */
interface Parts {
  readonly url?: RedisUrl
  readonly sentinel?: Static<typeof sentinelSchema>
  readonly cluster?: readonly RedisAddress[]
  readonly database?: number
  readonly tls?: 'on' | 'off'
  readonly ca?: string
  readonly serverName?: string
  readonly deadline: Ms
}

const places = ['url', 'sentinel', 'cluster'] as const

function checkPlace(redis: Parts): Mismatch | undefined {
  const [first, second] = places.filter((key) => redis[key] !== undefined)
  if (first === undefined)
    return {
      at: undefined,
      flaw: new Flaw('says of no Redis where it is', 'write one of "url", "sentinel" and "cluster"'),
    }
  if (second !== undefined)
    return {
      at: second,
      flaw: new Flaw(`stands beside "${first}"`, `write one of the two: a gateway has one Redis`),
    }
  if (redis.database === undefined) return undefined
  if (redis.url !== undefined)
    return {
      at: 'database',
      flaw: new Flaw('stands beside "url"', `write it into "url": "redis://HOST:PORT/${redis.database}"`),
    }
  return redis.cluster === undefined || redis.database === 0
    ? undefined
    : { at: 'database', flaw: new Flaw('is not 0, and a Cluster has only that one', 'leave it out') }
}

function checkTls({ url, sentinel, tls, ca, serverName }: Parts): Mismatch | undefined {
  if (url !== undefined && tls !== undefined)
    return {
      at: 'tls',
      flaw: new Flaw('stands beside "url"', 'leave it out, and write "rediss://" in "url" for TLS'),
    }
  const isOn = (url === undefined ? tls : url.tls) === 'on'
  if (isOn || (ca === undefined && serverName === undefined)) return undefined
  if (serverName === undefined && sentinel?.tls === 'on') return undefined
  const at = ca === undefined ? 'serverName' : 'ca'
  return url === undefined
    ? { at, flaw: new Flaw('is for TLS, which is not on', 'write "tls: on" beside it') }
    : { at, flaw: new Flaw('is for TLS, and "url" is without', 'write "rediss://" in "url"') }
}

function checkDeadline({ deadline }: Parts): Mismatch | undefined {
  return deadline > longestDeadline
    ? { at: 'deadline', flaw: new Flaw('is longer than a second', 'write "1s" or less, such as "30ms"') }
    : undefined
}
