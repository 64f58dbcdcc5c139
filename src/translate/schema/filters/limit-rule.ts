import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { either, listOf, object, oneKey, text, whole, word } from '../build.ts'

// What every kind of limit says in the same words.

const words = ['client-ip', 'host', 'path', 'method', 'identity'] as const

const namedPart = oneKey(
  'a part of a key',
  {
    header: text('hashedHeader', { description: 'The value of a request header.' }),
    cookie: text('cookieName', { description: 'The value of a cookie.' }),
    query: text('parameterName', { description: 'The first value of a query parameter.' }),
    claim: text('claimName', {
      description:
        'A claim of the identity that a filter before this one found out: text, a number or a boolean.',
    }),
  },
  { description: 'A part with a name.' },
)

const plainPart = word([...words], {
  description:
    '`client-ip`: the address of the client; `path`: the path of the route, not that of the request; `identity`: who a filter before this one found out to be asking.',
})

const part = either([plainPart, namedPart], { description: 'A part.' })

const key = either(
  [
    word([...words, 'everyone'], { description: 'One part; `everyone` counts all requests together.' }),
    namedPart,
    listOf(part, {
      description: 'Several parts: requests that differ in one of them are counted apart.',
      minItems: 1,
      check: (parts) =>
        parts.length > mostParts
          ? { at: mostParts, flaw: new Flaw('is one part too many', `write at most ${mostParts}`) }
          : undefined,
    }),
  ],
  {
    default: 'client-ip',
    description: 'What tells those apart that are limited, each for itself.',
    examples: ['client-ip', { header: 'x-api-key' }, ['client-ip', 'path']],
  },
)

const mostParts = 8

const prefix = object(
  'prefix lengths',
  {
    v4: whole(8, 32, { default: 32, unit: 'bits', description: 'Of IPv4 addresses.' }),
    v6: whole(16, 128, {
      default: 64,
      unit: 'bits',
      description: 'Of IPv6 addresses: one customer has 2^64 of them, so counting single ones limits nobody.',
    }),
  },
  { default: {}, description: 'Up to which length addresses of clients count as one.' },
)

/** Who is limited, each for itself. */
export const whom = {
  key,
  prefix,
  missing: word(['skip', 'shared', 'deny'], {
    default: 'shared',
    description:
      'What becomes of requests that lack a part of the key: they are not counted by this rule, share one count, or are refused.',
  }),
}

/** What becomes of requests over the limit. */
export const answered = {
  mode: word(['enforce', 'shadow'], {
    default: 'enforce',
    description: '`shadow` counts and tells in metrics and log, and admits everything.',
  }),
  status: whole(400, 599, { default: 429, description: 'Of the answer to a request over the limit.' }),
  headers: word(['denied', 'all', 'off'], {
    default: 'denied',
    description:
      'Which answers carry `RateLimit` and `RateLimit-Policy`: those over the limit, all, or none.',
  }),
}

/** Who is left out. */
export const leftOut = {
  except: listOf(text('cidr', { description: 'A block of addresses.' }), {
    default: [],
    description: 'Clients that this rule does not count.',
    examples: [['10.0.0.0/8']],
  }),
  exceptIdentities: listOf(text('matchedValue', { description: 'A subject.' }), {
    default: [],
    description: 'Those that this rule does not count, by the name that a filter before this one found out.',
  }),
}

export type NativeKeyPart = Static<typeof part>
export type NativeLimitKey = Static<typeof key>
