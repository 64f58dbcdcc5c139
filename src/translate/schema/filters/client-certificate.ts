import { listOf, object, text } from '../build.ts'

export const clientCertificateSchema = object(
  'a rule for client certificates',
  {
    commonNames: listOf(text('commonName', { description: 'The whole name, with its case.' }), {
      default: [],
      description: 'Common names of the subject.',
      examples: [['billing']],
    }),
    names: listOf(
      text('clientName', {
        description: 'A name with its kind; `*` at the end of a URI stands for any rest.',
      }),
      {
        default: [],
        description: 'Names of subjectAltName.',
        examples: [['URI:spiffe://example.com/billing', 'DNS:billing.example.com']],
      },
    ),
    fingerprints: listOf(
      text('certificateFingerprint', { description: 'A SHA-256 in hexadecimal digits.' }),
      {
        default: [],
        description: 'Fingerprints of single certificates.',
      },
    ),
  },
  {
    description:
      'Answers 403 unless the client has shown a certificate that has one of these, or any at all when nothing is listed. Needs `tls.clientCertificates` of the listener.',
  },
)
