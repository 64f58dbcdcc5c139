import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { either, listOf, object, optional, text, textOr, word } from './build.ts'
import { certificateSchema, checkVersions, versionKeys } from './tls-policy.ts'

/** What stands under `tls` of a cluster; its default is what `tls: on` means. */
export const upstreamTlsSettings = object(
  'TLS of a cluster',
  {
    verify: word(['on', 'off'], {
      default: 'on',
      description: '`off` accepts every certificate: whoever sits in between may read and change everything.',
    }),
    serverName: textOr(
      'dnsName',
      { '': '' },
      {
        default: '',
        description:
          'Sent to the endpoint, and looked for in its certificate. Without it, the name of `dns`; else nothing is sent, and the certificate must have the address.',
      },
    ),
    ca: optional(
      text('materialFile', {
        description: 'PEM: the authorities that are trusted. Without it, those that come with Node.',
      }),
    ),
    crl: optional(text('materialFile', { description: 'PEM: lists of certificates that were revoked.' })),
    certificate: optional(certificateSchema),
    names: listOf(text('upstreamName', { description: '`DNS:a.test` or `URI:spiffe://a/b`, exactly.' }), {
      default: [],
      description: 'One of these must be among the names of the certificate, instead of the server name.',
    }),
    ...versionKeys,
  },
  {
    default: {},
    description: 'TLS towards endpoints.',
    check: (tls) => {
      const versions = checkVersions(tls)
      if (versions !== undefined || tls.verify === 'on') return versions
      const unused = tls.names.length > 0 ? 'names' : tls.ca === undefined ? undefined : 'ca'
      return unused === undefined
        ? undefined
        : {
            at: 'verify',
            flaw: new Flaw(
              `accepts every certificate, and "${unused}" then says nothing`,
              `remove it, or "${unused}"`,
            ),
          }
    },
  },
)

/** TLS towards endpoints. */
export const upstreamTlsSchema = either(
  [word(['on', 'off'], { description: '`on`: with the defaults.' }), upstreamTlsSettings],
  {
    description: 'Whether connections are made by TLS, and how.',
    examples: ['on', { ca: 'certs/internal.pem', serverName: 'api.internal' }],
  },
)

export type NativeUpstreamTls = Static<typeof upstreamTlsSettings>
