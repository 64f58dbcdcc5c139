import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { fraction, listOf, object, optional, text, textOr, whole, wholeOr, word } from './build.ts'
import { filterSchema } from './filter.ts'
import { checkGroups } from './filters/extension.ts'
import { pathSchema, valuesSchema } from './match.ts'
import { targetSchema } from './target.ts'
import { upgradeSchema } from './upgrade.ts'

/** https://grpc.io/docs/guides/status-codes/ */
const grpcCodes = {
  cancelled: 1,
  unknown: 2,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  aborted: 10,
  'out-of-range': 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
} as const

const timeouts = object(
  'timeouts of a route',
  {
    total: textOr(
      'duration',
      { none: 'none' },
      {
        default: 'none',
        description: 'From the end of the request head to the end of the response, all attempts together.',
      },
    ),
    perTry: textOr(
      'duration',
      { none: 'none' },
      {
        default: '60s',
        description: 'One attempt, from its start to the response head.',
      },
    ),
    idle: textOr(
      'duration',
      { none: 'none' },
      {
        default: '60s',
        description: 'Longest time without a byte in either direction, once the request is on its way.',
      },
    ),
  },
  { default: {}, description: 'How long things may take.' },
)

const retry = object(
  'retries of a route',
  {
    attempts: whole(1, 10, { default: 1, description: 'Further attempts besides the first.' }),
    on: listOf(
      word(['connect', 'reset', 'timeout', 'status', 'grpc-status'], { description: 'A condition.' }),
      {
        default: ['connect', 'reset'],
        description:
          'When to try again: `connect` (no connection), `reset` (closed before a byte of the response), `timeout` (`timeouts.perTry`), `status` (one of `statuses`), `grpc-status` (one of `grpcStatuses`, in an answer without messages).',
      },
    ),
    methods: listOf(text('method', { description: 'A method.' }), {
      default: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'],
      description: 'Methods that may be sent again. One that is not idempotent may then run twice.',
      minItems: 1,
    }),
    statuses: listOf(whole(400, 599, { description: 'A status.' }), {
      default: [502, 503, 504],
      description: 'Statuses that `on: [status]` means.',
    }),
    grpcStatuses: listOf(wholeOr(1, 16, grpcCodes, { description: 'A gRPC status, by name or number.' }), {
      default: ['unavailable'],
      description: 'gRPC statuses that `on: [grpc-status]` means.',
    }),
    backoff: object(
      'a back-off',
      {
        base: text('duration', {
          default: '25ms',
          description: 'Longest wait before the first further attempt; doubles with each.',
        }),
        max: text('duration', { default: '250ms', description: 'Longest wait before any.' }),
      },
      {
        default: {},
        description: 'Waits between attempts; each is a random share of its longest.',
        check: ({ base, max }) =>
          base > max
            ? { at: 'base', flaw: new Flaw('is longer than "max"', 'write a shorter one, or a longer "max"') }
            : undefined,
      },
    ),
    budget: object(
      'a retry budget',
      {
        percent: whole(1, 100, {
          default: 20,
          description: 'Largest share of the active requests of a cluster that may be retries.',
          unit: 'percent',
        }),
        minimum: whole(0, 1000, { default: 3, description: 'Retries that are always allowed.' }),
      },
      { default: {}, description: 'Keeps retries from making an overload worse.' },
    ),
  },
  {
    default: { on: [] },
    description:
      'Retries besides those that are always done: failed connects, and reused connections that closed without a byte while nothing can have happened.',
  },
)

const body = object(
  'body rules of a route',
  {
    limit: textOr(
      'size',
      { none: 0, listener: 'listener' },
      {
        default: 'listener',
        description:
          'Largest request body; `listener` takes `limits.body` of the listener, which is not for gRPC calls to `protocol: h2`.',
      },
    ),
    responseLimit: textOr(
      'size',
      { none: 0 },
      {
        default: 'none',
        description:
          'Largest response body. A response that says it is larger is answered with 502; one that turns out to be is broken off. Not for gRPC calls to `protocol: h2`.',
      },
    ),
    buffer: textOr(
      'size',
      { none: 0 },
      {
        default: 'none',
        description: 'Hold whole requests, up to this size, before anything goes upstream; `none` streams.',
      },
    ),
    mode: word(['plain', 'stream'], {
      default: 'plain',
      description: '`stream` lifts the limits of size, rate and total time, and keeps the idle limit.',
    }),
  },
  { default: {}, description: 'Bodies of requests and responses.' },
)

const accessLog = object(
  'access log rules of a route',
  {
    enabled: word(['on', 'off', 'errors'], {
      default: 'on',
      description:
        'Which requests are logged; `errors`: statuses from 400 on, and responses that did not go through complete.',
    }),
    sample: fraction(0, 1, { default: 1, description: 'Share of the requests that are logged.' }),
  },
  { default: {}, description: 'Which requests of this route are logged.' },
)

export const routeSchema = object(
  'a route',
  {
    name: optional(
      text('routeName', {
        description: 'Its name in log and metrics; without it, one is made from hosts and match.',
      }),
    ),
    hosts: listOf(
      text('hostPattern', {
        description: '`a.test`, `*.a.test` (one label), `**.a.test` (any depth), or `*`.',
      }),
      {
        default: ['*'],
        description: 'Hosts it takes. Case and port say nothing.',
        examples: [['shop.example.com']],
        minItems: 1,
      },
    ),
    path: pathSchema,
    methods: listOf(text('method', { description: 'A method.' }), {
      default: [],
      description: 'Methods it takes; none means any.',
    }),
    headers: valuesSchema('matchedHeader', 'a header'),
    cookies: valuesSchema('cookieName', 'a cookie'),
    query: valuesSchema('parameterName', 'a query parameter'),
    clients: listOf(text('cidr', { description: 'A block of addresses, or one address.' }), {
      default: [],
      description: 'Client addresses it takes; none means any.',
    }),
    listeners: listOf(text('listenerName', { description: 'A listener.' }), {
      default: [],
      description: 'Listeners it is for; none means all.',
    }),
    filters: listOf(filterSchema, {
      default: [],
      description: 'Steps, in this order. `redirect` and `respond` end the request.',
      check: checkGroups,
    }),
    to: optional(targetSchema),
    timeouts,
    retry,
    body,
    upgrade: upgradeSchema,
    accessLog,
  },
  {
    description:
      'Requests of some hosts and what becomes of them. The most specific route wins, then the first.',
    check: (route) => {
      const answers = route.filters.some(
        (filter) => filter.redirect !== undefined || filter.respond !== undefined,
      )
      if (route.to === undefined && !answers) {
        return {
          at: undefined,
          flaw: new Flaw('leads nowhere', 'add "to" with a cluster, or a filter "redirect" or "respond"'),
        }
      }
      if (route.to !== undefined && answers) {
        return {
          at: 'to',
          flaw: new Flaw(
            'is never reached: a filter answers every request',
            'remove "to", or the filter "redirect" or "respond"',
          ),
        }
      }
      const isAsked = route.methods.length === 0 || route.methods.includes('OPTIONS')
      return isAsked || !route.filters.some((filter) => filter.cors !== undefined)
        ? undefined
        : {
            at: 'methods',
            flaw: new Flaw(
              'leaves preflights to other routes, and the filter "cors" would answer none',
              'add OPTIONS',
            ),
          }
    },
  },
)

export type NativeRoute = Static<typeof routeSchema>
export type NativeMatchValues = NativeRoute['headers']
