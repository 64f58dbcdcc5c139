import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { object, optional, text, whole } from './build.ts'

/** Longer, and a frozen Redis is felt in every request until the breaker opens. */
const longestDeadline = 1000

/** The Redis of rate limits. */
export const redisSchema = object(
  'the Redis of rate limits',
  {
    url: text('redisUrl', {
      description:
        'Where it is: `redis://HOST:PORT/DATABASE`, or `rediss://…` for TLS; no user and no password.',
      examples: ['redis://redis:6379'],
    }),
    username: optional(
      text('matchedValue', {
        description: 'A user of its ACL, who needs `+eval +evalsha +time +get +set +info ~tidegate:*`.',
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
    replicas: whole(1, 1000, {
      default: 1,
      description:
        'Gateways that share it. While Redis is away, limits with `onStoreError: local` admit this part of their rate in each.',
    }),
  },
  {
    description: 'The Redis in which replicas count rate limits together. Takes effect at start.',
    check: ({ url, ca, serverName, deadline }) => {
      const tlsKey = ca === undefined ? 'serverName' : 'ca'
      if (url.tls === 'off' && (ca !== undefined || serverName !== undefined))
        return {
          at: tlsKey,
          flaw: new Flaw('is for TLS, and "url" is without', 'write "rediss://" in "url"'),
        }
      return deadline > longestDeadline
        ? { at: 'deadline', flaw: new Flaw('is longer than a second', 'write "1s" or less, such as "30ms"') }
        : undefined
    },
  },
)

export type NativeRedis = Static<typeof redisSchema>
