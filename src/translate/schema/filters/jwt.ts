import type { Static } from 'typebox'
import { publicAlgorithms, secretAlgorithms } from '../../../model/jwk-set.ts'
import { Flaw } from '../../format/flaw.ts'
import {
  either,
  listOf,
  type Mismatch,
  mapOf,
  object,
  oneKey,
  optional,
  text,
  textOr,
  word,
} from '../build.ts'

const jwks = object(
  'the keys of an issuer',
  {
    url: optional(text('jwksUrl', { description: 'Where the JWK set is fetched, and fetched again.' })),
    file: optional(text('materialFile', { description: 'A file with a JWK set.' })),
    inline: optional(text('jwkSet', { description: 'The JWK set itself, as text of JSON.' })),
    ca: optional(
      text('materialFile', {
        description: 'Authorities that the server of `url` is checked against; without it, those of Node.',
      }),
    ),
    plainHttp: word(['refuse', 'allow'], {
      default: 'refuse',
      description:
        '`allow` takes a `url` without TLS, where whoever is on the way writes the keys. The same host needs no leave.',
    }),
    refresh: text('duration', {
      default: '10m',
      description:
        'The longest time between two fetches; `max-age` of the answer makes it shorter, but no shorter than 30 s.',
    }),
    stale: text('duration', {
      default: '24h',
      description: 'How long keys are used beyond that while they cannot be fetched.',
    }),
    unknownKey: text('duration', {
      default: '30s',
      description: 'The least time between two fetches for tokens whose key is unknown.',
    }),
    timeout: text('duration', { default: '5s', description: 'Of one fetch, all of it.' }),
  },
  {
    description: 'Where the public keys of the issuer are: one of `url`, `file` and `inline`.',
    check: (keys) => keysFlaw(keys),
  },
)

interface NativeKeys {
  readonly url?: string
  readonly file?: string
  readonly inline?: string
  readonly ca?: string
  readonly plainHttp: 'refuse' | 'allow'
}

function keysFlaw({ url, file, inline, ca, plainHttp }: NativeKeys): Mismatch | undefined {
  const named = [url, file, inline].filter((one) => one !== undefined)
  if (named.length !== 1)
    return { at: undefined, flaw: new Flaw('does not say where keys are, or says it twice', oneOf) }
  if (url === undefined)
    return ca === undefined ? undefined : { at: 'ca', flaw: new Flaw('is for a "url" alone', 'leave it out') }
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || plainHttp === 'allow' || isLoopback(hostname)) return undefined
  const flaw = new Flaw(
    'has no TLS: whoever is on the way writes the keys',
    'write "https", or "plainHttp: allow" where you know the way',
  )
  return { at: 'url', flaw }
}

const oneOf = 'write one of "url", "file" and "inline"'

/** Not `localhost`, which a resolver may take elsewhere. */
function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

const place = oneKey(
  'a place of a token',
  {
    header: text('editedRequestHeader', {
      description: 'A header: behind `Bearer`, which only `authorization` has to have.',
    }),
    cookie: text('cookieName', { description: 'A cookie.' }),
    query: text('parameterName', {
      description:
        'A query parameter: it stands in logs and histories, so take it where there is no other way.',
    }),
  },
  { description: 'Where a token may be.' },
)

const claim = object(
  'a claim that is asked for',
  {
    claim: text('claimText', {
      description: 'Its name, or a path through objects with dots between: `realm_access.roles`.',
    }),
    values: listOf(text('claimText', { description: 'A value.' }), {
      description: 'What the claim has to be, or a list has to hold; `scope` is a list of words.',
      minItems: 1,
    }),
    match: word(['any', 'all'], { default: 'any', description: 'Whether one of the values is enough.' }),
  },
  { description: 'A claim that is asked for; without it the answer is 403.' },
)

const texts = (description: string) => {
  const one = text('claimText', { description: 'One.' })
  return either([one, listOf(one, { description: 'One of these.', minItems: 1 })], { description })
}

/** See `JwtRule` in the model. */
export const jwtSchema = object(
  'a check of tokens',
  {
    issuer: texts('What `iss` of the token has to be; one of a list.'),
    audience: optional(
      texts(
        'What `aud` has to hold; one of a list. Without it, tokens that the issuer made for others pass too.',
      ),
    ),
    jwks: optional(jwks),
    secret: optional(
      text('materialFile', {
        description:
          'A file with the secret that tokens are signed with, at least 32 bytes, in the place of `jwks`: for HS256, HS384 and HS512 alone.',
      }),
    ),
    algorithms: optional(
      listOf(word([...publicAlgorithms, ...secretAlgorithms], { description: 'An algorithm.' }), {
        description:
          'Algorithms that are taken: without it, all that are for the kind of keys: `ES`, `RS` and `PS` with 256, 384 and 512 and `EdDSA` (Ed25519), or `HS256`, `HS384` and `HS512`.',
        minItems: 1,
      }),
    ),
    from: listOf(place, {
      default: [{ header: 'authorization' }],
      description: 'Where a token is looked for, in this order.',
      minItems: 1,
    }),
    claims: listOf(claim, { default: [], description: 'Claims that are asked for, all of them.' }),
    clockSkew: textOr(
      'duration',
      { none: 0 },
      { default: '30s', description: 'How far the clocks of issuer and gateway may lie apart, or `none`.' },
    ),
    token: word(['required', 'optional'], {
      default: 'required',
      description:
        '`optional` lets requests without a token pass, without an identity. A bad token is refused all the same.',
    }),
    expiry: word(['required', 'optional'], {
      default: 'required',
      description: 'Whether a token needs an `exp`: one that never ends cannot be taken back.',
    }),
    forward: mapOf('headers', 'editedRequestHeader', text('claimText', { description: 'A claim.' }), {
      default: {},
      description:
        'Headers for the upstream and the claims they are made of. What clients send under these names is always taken away.',
    }),
    upstream: word(['keep', 'remove'], {
      default: 'keep',
      description: 'Whether the token goes upstream. In a query it always does.',
    }),
  },
  {
    description: 'Lets requests pass that carry a token (JWT) signed by an issuer; others get 401 or 403.',
    check: ({ jwks, secret, algorithms, from, upstream }) => {
      if ((jwks === undefined) === (secret === undefined))
        return {
          at: undefined,
          flaw: new Flaw('has no keys, or two kinds of them', 'write "jwks" or "secret"'),
        }
      const usable: readonly string[] = jwks === undefined ? secretAlgorithms : publicAlgorithms
      const odd = algorithms?.find((one) => !usable.includes(one))
      if (odd !== undefined)
        return {
          at: 'algorithms',
          flaw: new Flaw(`have ${odd}, which is not for these keys`, `write some of ${usable.join(', ')}`),
        }
      return upstream === 'remove' && from.some(({ query }) => query !== undefined)
        ? {
            at: 'upstream',
            flaw: new Flaw('cannot be "remove" for a query', 'take the token from elsewhere'),
          }
        : undefined
    },
  },
)

export type NativeJwt = Static<typeof jwtSchema>
