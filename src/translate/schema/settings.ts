import type { Static } from 'typebox'
import { isLocal } from '../../model/address.ts'
import { Flaw } from '../format/flaw.ts'
import { object, optional, text, textOr, wholeOr, word } from './build.ts'
import { kubernetesSchema } from './kubernetes.ts'
import { redisSchema } from './redis.ts'

const remedy = 'add token: "${TIDEGATE_ADMIN_TOKEN}", or write address: "127.0.0.1:9901"'

const health = object(
  'the health address',
  {
    address: text('listenAddress', { description: 'Where to serve it.', examples: [':9902'] }),
    metrics: word(['on', 'off'], { default: 'off', description: 'Whether `/metrics` is served too.' }),
  },
  { description: 'An open address with `/healthz` and `/readyz`, for probes; nothing else.' },
)

/** Blocks that stand once in all files together. */
export const settingsSchemas = {
  workers: wholeOr(
    1,
    256,
    { auto: 'auto' },
    {
      default: 1,
      description:
        'Processes that carry traffic; `auto` takes one for each processor. Takes effect at start.',
    },
  ),
  admin: object(
    'admin settings',
    {
      address: textOr(
        'listenAddress',
        { off: undefined },
        {
          default: '127.0.0.1:9901',
          description: 'Where to serve metrics, status and explanations. Off loopback it needs a `token`.',
        },
      ),
      token: optional(
        text('secret', {
          description:
            'What clients send as `authorization: Bearer …`: `${VARIABLE}` or `file:/path`, never the token itself.',
          examples: ['${TIDEGATE_ADMIN_TOKEN}'],
        }),
      ),
      health: optional(health),
    },
    {
      default: {},
      description: 'The admin interface. Takes effect at start.',
      check: ({ address, token }) =>
        address === undefined || isLocal(address) || token !== undefined
          ? undefined
          : { at: 'address', flaw: new Flaw('is reachable from other hosts, and there is no token', remedy) },
    },
  ),
  drain: object(
    'drain settings',
    {
      delay: textOr(
        'duration',
        { none: 0 },
        {
          default: 'none',
          description:
            'After SIGTERM, how long to go on accepting while not ready, so that a load balancer notices.',
        },
      ),
      timeout: text('duration', {
        default: '30s',
        description: 'How long requests may take to finish after that.',
      }),
      websockets: optional(
        text('duration', {
          description:
            'Websockets are closed one by one, spread over this time; all of `timeout` when it is left out.',
        }),
      ),
    },
    {
      default: {},
      description: 'How the gateway stops.',
      check: ({ timeout, websockets = 0 }) =>
        websockets > timeout
          ? {
              at: 'websockets',
              flaw: new Flaw('is longer than "timeout"', 'write a shorter one, or a longer "timeout"'),
            }
          : undefined,
    },
  ),
  log: object(
    'log settings',
    {
      level: word(['debug', 'info', 'warn', 'error'], {
        default: 'info',
        description: 'The least severe lines that are written.',
      }),
    },
    { default: {}, description: 'The gateway’s own log.' },
  ),
  accessLog: object(
    'access log settings',
    {
      to: textOr(
        'filePath',
        { stdout: 'stdout', off: 'off' },
        {
          default: 'stdout',
          description: '`stdout`, `off`, or a file, which SIGUSR2 reopens.',
        },
      ),
      format: text('logFormat', {
        default: 'json',
        description: '`json`, or a template such as `%{client} "%{method} %{path}" %{status}`.',
      }),
      query: word(['on', 'off'], {
        default: 'off',
        description: 'Whether the query of a request is logged; it often holds secrets.',
      }),
    },
    { default: {}, description: 'One line for each request.' },
  ),
  redis: optional(redisSchema),
  kubernetes: optional(kubernetesSchema),
} as const

/** Blocks that are not there when they are not written. */
export type OptionalBlock = 'kubernetes' | 'redis'

export type NativeSettings = {
  readonly [K in Exclude<keyof typeof settingsSchemas, OptionalBlock>]: Static<(typeof settingsSchemas)[K]>
} & { readonly [K in OptionalBlock]?: Static<(typeof settingsSchemas)[K]> }
