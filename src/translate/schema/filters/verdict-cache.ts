import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { either, listOf, object, oneKey, optional, text, word } from '../build.ts'

const words = ['client-ip', 'host', 'method', 'scheme', 'path', 'uri'] as const
const mostParts = 8
/** A day: who was let in then is still let in now. */
const longest = 86_400_000

const namedPart = oneKey(
  'a part of a key',
  {
    header: text('hashedHeader', { description: 'The value of a request header, as the server is told.' }),
    cookie: text('cookieName', { description: 'The value of a cookie.' }),
  },
  { description: 'A part with a name.' },
)

const part = either(
  [
    word([...words], {
      description: '`path`: of the request, without the query; `uri`: path and query.',
    }),
    namedPart,
  ],
  { description: 'A part.' },
)

/** See `VerdictCache` in the model. */
export const verdictCacheSchema = object(
  'a memory of verdicts',
  {
    key: listOf(part, {
      description:
        'Everything of a request that the verdict depends on: requests that are equal in all of it get one verdict. A request that lacks a part is asked about.',
      examples: [[{ header: 'authorization' }], [{ cookie: 'session' }, 'method', 'uri']],
      minItems: 1,
      check: (parts) =>
        parts.length > mostParts
          ? { at: mostParts, flaw: new Flaw('is one part too many', `write at most ${mostParts}`) }
          : undefined,
    }),
    ttl: text('duration', {
      default: '10s',
      description:
        'How long a verdict that lets requests pass holds: who loses their rights keeps them as long. At most 24h.',
    }),
    denials: optional(
      text('duration', {
        description:
          'How long 401, 403, 400, 429 and redirects hold; without it, denials are not remembered.',
      }),
    ),
  },
  {
    description:
      'Remembers verdicts in the process, by a digest of the key. Requests that would ask the same at the same time share one question. An answer with `cache-control` no-store, no-cache, private or max-age=0, or with a cookie for the client, is for one request alone.',
    check: ({ ttl, denials = 0 }) => {
      const at = ttl > longest ? 'ttl' : denials > longest ? 'denials' : undefined
      return at && { at, flaw: new Flaw('is longer than a day', 'write "10s"') }
    },
  },
)

export type NativeVerdictCache = Static<typeof verdictCacheSchema>
