import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { keywordsOf } from '../../read/keywords.ts'
import { either, object, optional, text, word } from '../../schema/build.ts'
import { upstreamTlsSettings } from '../../schema/upstream-tls.ts'

/** Keys that name files of our pod, which a tenant must not do. */
const { ca: _ca, crl: _crl, certificate: _certificate, ...others } = upstreamTlsSettings.properties

/** TLS towards endpoints as annotations say it: Secrets of the Ingress's namespace stand in the place of files. */
export const askedTlsSettings = object(
  'TLS of a cluster',
  {
    ...others,
    caSecret: optional(
      text('dnsName', {
        description:
          'A Secret of the namespace of the Ingress with `ca.crt` (and `ca.crl`): the authorities that are trusted. Without it, those that come with Node.',
      }),
    ),
    certificateSecret: optional(
      text('dnsName', {
        description:
          'A Secret of the namespace of the Ingress with `tls.crt` and `tls.key`: the certificate the gateway shows.',
      }),
    ),
  },
  {
    default: {},
    description: 'TLS towards endpoints.',
    check: ({ caSecret, ...rest }) => {
      const mismatch = keywordsOf(upstreamTlsSettings).check?.({ ...rest, ca: caSecret })
      if (mismatch === undefined) return undefined
      const { at, flaw } = mismatch
      return { at, flaw: new Flaw(inOurWords(flaw.message), inOurWords(flaw.remedy)) }
    },
  },
)

/** Whether connections to endpoints are made by TLS, and how. */
export const askedTls = either(
  [word(['on', 'off'], { description: '`on`: with the defaults.' }), askedTlsSettings],
  { description: 'Whether connections are made by TLS, and how; without it, `appProtocol` says so.' },
)

/** As `readValue` gives it. */
export type NativeAskedTls = Static<typeof askedTlsSettings>

function inOurWords(sentence: string): string {
  return sentence.replaceAll('"ca"', '"caSecret"')
}
