import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { either, listOf, type Mismatch, object, optional, text, textOr, word } from './build.ts'
import { targetSchema } from './target.ts'
import { certificateSchema, checkVersions, policyKeys } from './tls-policy.ts'

const onOff = ['on', 'off'] as const

const names = listOf(text('tlsName', { description: 'A name, or `*.` and a name, which takes one label.' }), {
  description: 'Server names.',
  minItems: 1,
  examples: [['secure.example.com']],
})

const host = object(
  'a host with TLS of its own',
  {
    names,
    certificates: listOf(certificateSchema, {
      default: [],
      description: 'Used for these names before those of the listener.',
    }),
    ...policyKeys,
  },
  { description: 'Names with a policy or certificates of their own.', check: checkVersions },
)

const passedNames = listOf(
  textOr(
    'tlsName',
    { '*': '*' },
    { description: 'A name, `*.` and a name, or `*` for all names that nothing else has.' },
  ),
  { description: 'Server names.', minItems: 1, examples: [['db.example.com']] },
)

const passthrough = object(
  'a passthrough',
  { names: passedNames, to: targetSchema },
  {
    description: 'Connections that are handed on as they are, unread: the upstream has certificate and key.',
  },
)

const tickets = object(
  'session tickets',
  {
    mode: word(onOff, { default: 'on', description: 'Whether clients may resume sessions.' }),
    keys: optional(
      text('materialFile', {
        description:
          'A file of keys that replicas share: 48 bytes, or lines of 48 bytes in base64, the first of which encrypts.',
      }),
    ),
    rotation: text('duration', {
      default: '12h',
      description:
        'How often the gateway makes a new key, when it has no file. A client of the key before makes one full handshake.',
    }),
  },
  { default: {}, description: 'Session tickets.' },
)

const hsts = object(
  'HSTS settings',
  {
    maxAge: text('age', { default: '365d', description: 'How long browsers use https only.' }),
    includeSubDomains: word(onOff, {
      default: 'off',
      description:
        'Whether that holds for names below, too: those that cannot speak TLS are lost to browsers that heard it.',
    }),
    preload: word(onOff, {
      default: 'off',
      description: 'Whether the host may go into the lists of browsers.',
    }),
  },
  {
    description: '`strict-transport-security` of every answer.',
    check: ({ preload, includeSubDomains, maxAge }) =>
      preload === 'on' && (includeSubDomains === 'off' || maxAge < 31_536_000)
        ? {
            at: 'preload',
            flaw: new Flaw(
              'is refused by browsers as it is',
              'add "includeSubDomains: on" and "maxAge: 365d"',
            ),
          }
        : undefined,
  },
)

/** TLS towards clients. */
export const listenerTlsSchema = object(
  'TLS of a listener',
  {
    certificates: listOf(certificateSchema, {
      default: [],
      description:
        'Found by the names in them; the first is for names that no certificate has. Several for one name, RSA and ECDSA, stand side by side.',
      examples: [[{ cert: 'certs/shop.crt', key: 'certs/shop.key' }]],
    }),
    unknownNames: word(['default', 'refuse'], {
      default: 'default',
      description: 'Names that no certificate has: served with the first certificate, or refused.',
    }),
    ...policyKeys,
    hosts: listOf(host, {
      default: [],
      description: 'Names that differ from the rest; what they leave out is as the listener says.',
    }),
    passthrough: listOf(passthrough, { default: [], description: 'Names that are handed on unread.' }),
    tickets,
    hsts: either([word(['off'], { description: 'None.' }), hsts], {
      default: 'off',
      description: 'Whether browsers are told to use https only (`strict-transport-security`).',
      examples: [{ maxAge: '365d' }],
    }),
    handshakeTimeout: text('duration', {
      default: '10s',
      description: 'Time for a handshake, from the accept on.',
    }),
  },
  {
    description: 'TLS towards clients.',
    check: (tls) => checkVersions(tls) ?? checkNames(tls),
  },
)

export type NativeListenerTls = Static<typeof listenerTlsSchema>
export type NativePolicy = Pick<NativeListenerTls, keyof typeof policyKeys>

type Names = readonly { readonly names: readonly string[] }[]

/** A name stands once: otherwise nobody could tell which of its places counts. */
function checkNames({
  hosts,
  passthrough,
}: {
  readonly hosts: Names
  readonly passthrough: Names
}): Mismatch | undefined {
  const seen = new Set<string>()
  for (const [at, list] of [
    ['hosts', hosts],
    ['passthrough', passthrough],
  ] as const) {
    for (const name of list.flatMap((one) => one.names)) {
      if (seen.has(name))
        return {
          at: undefined,
          flaw: new Flaw(`has "${name}" twice, the second time in "${at}"`, 'remove one of them'),
        }
      seen.add(name)
    }
  }
  return undefined
}
