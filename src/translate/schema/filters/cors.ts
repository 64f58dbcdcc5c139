import { Flaw } from '../../format/flaw.ts'
import { listOf, type Mismatch, object, optional, text, textOr, word } from '../build.ts'

const any = { '*': '*' } as const

export const corsSchema = object(
  'a CORS policy',
  {
    origins: listOf(
      textOr('httpOriginPattern', any, {
        description:
          'A scheme and a host, with its port if it is not the usual one; `https://*.a.test` takes one label, `https://**.a.test` one or more; `*` is everybody.',
      }),
      {
        description: 'Origins whose pages may read the answers.',
        examples: [['https://shop.example.com', 'https://*.example.com']],
        minItems: 1,
      },
    ),
    methods: listOf(textOr('method', any, { description: 'A method, or `*` for all.' }), {
      default: [],
      description: 'Methods besides GET, HEAD and POST, which browsers always allow.',
      examples: [['PUT', 'DELETE']],
    }),
    headers: listOf(
      textOr('hashedHeader', any, { description: 'A header, or `*` for all but `authorization`.' }),
      {
        default: [],
        description: 'Request headers besides those that browsers always allow.',
        examples: [['authorization', 'content-type']],
      },
    ),
    exposeHeaders: listOf(textOr('hashedHeader', any, { description: 'A header, or `*` for all.' }), {
      default: [],
      description: 'Response headers that pages may read besides those they always may.',
      examples: [['x-request-id']],
    }),
    credentials: word(['on', 'off'], {
      default: 'off',
      description: 'Whether cookies and other credentials go along; not together with a `*`.',
    }),
    maxAge: optional(
      text('duration', {
        description: 'How long browsers may remember the answer to a preflight; without it, 5 s.',
      }),
    ),
    privateNetwork: word(['on', 'off'], {
      default: 'off',
      description: 'Whether pages of public networks may ask, where browsers ask for that.',
    }),
  },
  {
    description:
      'Lets pages of other origins read the answers, and answers preflights (`OPTIONS` with `origin` and `access-control-request-method`) with 204 itself. Should be the first filter.',
    check: (policy) => {
      if (policy.origins.length > 1 && policy.origins.includes('*')) {
        return { at: 'origins', flaw: new Flaw('has "*" beside others', 'write "*" alone, or leave it out') }
      }
      return policy.credentials === 'off' ? undefined : wildcardFlaw(policy)
    },
  },
)

/** Fetch: with credentials, `*` is no wildcard, and for origins the answer is thrown away. */
function wildcardFlaw(
  policy: Readonly<Record<(typeof lists)[number], readonly string[]>>,
): Mismatch | undefined {
  const at = lists.find((key) => policy[key].includes('*'))
  if (at === undefined) return undefined
  const flaw = new Flaw(
    'has "*", which browsers do not take together with credentials',
    'name each one, or leave "credentials" out',
  )
  return { at, flaw }
}

const lists = ['origins', 'methods', 'headers', 'exposeHeaders'] as const
