import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { listOf, type Mismatch, object, optional, text, whole, word } from './build.ts'

const version = ['TLSv1.2', 'TLSv1.3'] as const

/** Keys that towards clients and towards endpoints mean the same. */
export const versionKeys = {
  minVersion: optional(word(version, { description: 'Oldest version; `TLSv1.2` without it.' })),
  maxVersion: optional(word(version, { description: 'Newest version; `TLSv1.3` without it.' })),
  ciphers: optional(
    listOf(text('cipher', { description: 'A cipher suite, as OpenSSL names it.' }), {
      description:
        'Cipher suites of both versions, the preferred one first. Without it, those with forward secrecy and authenticated encryption.',
      examples: [['TLS_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256']],
      minItems: 1,
    }),
  ),
  curves: optional(
    listOf(text('curve', { description: 'A group, as OpenSSL names it.' }), {
      description: 'Groups for the key exchange, the preferred one first.',
      examples: [['X25519', 'P-256']],
      minItems: 1,
    }),
  ),
} as const

/** Whether versions are in order. */
export function checkVersions(value: {
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}): Mismatch | undefined {
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = value
  return minVersion > maxVersion
    ? {
        at: 'minVersion',
        flaw: new Flaw('is newer than "maxVersion"', 'write "TLSv1.2", or a newer "maxVersion"'),
      }
    : undefined
}

const password = optional(
  text('passwordReference', {
    description: 'What the key is encrypted with: `${VARIABLE}` or `file:PATH`, never the password itself.',
    examples: ['file:certs/shop.password'],
  }),
)

/** A certificate with its key, in files beside the configuration. */
export const certificateSchema = object(
  'a certificate',
  {
    cert: optional(
      text('materialFile', {
        description:
          'PEM: the certificate, then those that signed it. Relative to the folder of the configuration file.',
        examples: ['certs/shop.crt'],
      }),
    ),
    key: optional(
      text('materialFile', { description: 'PEM: its private key.', examples: ['certs/shop.key'] }),
    ),
    pkcs12: optional(
      text('materialFile', { description: 'Both in one file of PKCS#12 (`.p12`, `.pfx`), instead.' }),
    ),
    password,
  },
  {
    description: 'A certificate with its key: `cert` and `key`, or `pkcs12`.',
    check: ({ cert, key, pkcs12 }) => {
      if (pkcs12 !== undefined) {
        if (cert === undefined && key === undefined) return undefined
        return { at: 'pkcs12', flaw: new Flaw('stands beside "cert" and "key"', 'write either of them') }
      }
      if (cert !== undefined && key !== undefined) return undefined
      const missing = cert === undefined ? (key === undefined ? '"cert" and "key"' : '"cert"') : '"key"'
      return { at: undefined, flaw: new Flaw(`has no ${missing}`, `add ${missing}, or write "pkcs12"`) }
    },
  },
)

/** What clients have to show. */
export const clientCertificatesSchema = object(
  'client certificates',
  {
    mode: word(['off', 'optional', 'required'], {
      default: 'required',
      description: '`optional`: none is fine, and a wrong one ends the handshake all the same.',
    }),
    ca: optional(
      text('materialFile', {
        description: 'PEM: the authorities that sign certificates of clients.',
        examples: ['certs/clients.pem'],
      }),
    ),
    crl: optional(text('materialFile', { description: 'PEM: lists of certificates that were revoked.' })),
    depth: whole(1, 10, {
      default: 4,
      description:
        'Most certificates from that of the client, which counts, up to the authority, which does not.',
    }),
    names: listOf(
      text('clientName', {
        description:
          '`DNS:a.test`, `URI:spiffe://a/b`, `email:x@a.test`; `*` at the end of a URI takes the rest.',
      }),
      {
        default: [],
        description: 'One of these must be among the names of the certificate; none means any.',
      },
    ),
    forward: listOf(word(['xfcc', 'nginx'], { description: 'A set of headers.' }), {
      default: [],
      description:
        'How upstreams are told of it: `x-forwarded-client-cert`, or `ssl-client-verify` and its like. What clients send of these is always removed.',
    }),
  },
  {
    description: 'Certificates of clients (mutual TLS).',
    check: ({ mode, ca }) =>
      mode !== 'off' && ca === undefined
        ? {
            at: undefined,
            flaw: new Flaw('trust nobody: there is no "ca"', 'add "ca" with a file of authorities'),
          }
        : undefined,
  },
)

/** What names of one listener may differ in. */
export const policyKeys = {
  ...versionKeys,
  alpn: optional(
    listOf(word(['h2', 'http/1.1'], { description: 'A protocol.' }), {
      description:
        'Protocols offered, the preferred one first; `[h2, http/1.1]` without it, and none on a listener with `tcp`.',
    }),
  ),
  clientCertificates: optional(clientCertificatesSchema),
} as const

export type NativeCertificate = Static<typeof certificateSchema>
export type NativeClientCertificates = Static<typeof clientCertificatesSchema>
