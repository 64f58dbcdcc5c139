import type { X509Certificate } from 'node:crypto'
import type { ClientCertificates } from '../model/tls.ts'
import type { AltName } from '../std/alt-names.ts'
import { distinguishedName } from './distinguished-name.ts'

/** A client's certificate that was found good, with its names read. */
export interface ShownCertificate {
  readonly certificate: X509Certificate
  readonly names: readonly AltName[]
}

/** Names of one kind that are told; a certificate may hold thousands. */
const mostNames = 16

/**
 * Header lines that tell the upstream who the client is; computed once for a connection. Every value is printable ASCII.
 *
 * `xfcc` is Envoy's `x-forwarded-client-cert`; `nginx` are the names that nginx's Ingress controller uses, which come without
 * a certificate too, saying `NONE`.
 *
 * @param shown `undefined` when the client showed none, where it need not.
 */
export function clientCertificateFields(
  shown: ShownCertificate | undefined,
  forward: ClientCertificates['forward'],
): string {
  let fields = ''
  for (const form of forward) fields += form === 'xfcc' ? forwardedClientCert(shown) : nginxFields(shown)
  return fields
}

/** Envoy's HTTP connection manager documentation, "x-forwarded-client-cert". */
function forwardedClientCert(shown: ShownCertificate | undefined): string {
  if (shown === undefined) return ''
  const { certificate, names } = shown
  const parts = [`Hash=${hexOf(certificate.fingerprint256)}`]
  // The value is escaped with backslashes already, quotes among them.
  parts.push(`Subject="${distinguishedName(certificate.subject)}"`)
  for (const kind of ['URI', 'DNS'] as const) {
    for (const value of valuesOf(names, kind)) parts.push(`${kind}=${quotedWhereNeeded(value)}`)
  }
  return `x-forwarded-client-cert: ${parts.join(';')}\r\n`
}

function nginxFields(shown: ShownCertificate | undefined): string {
  if (shown === undefined) return 'ssl-client-verify: NONE\r\n'
  const { certificate } = shown
  return [
    'ssl-client-verify: SUCCESS',
    `ssl-client-subject-dn: ${distinguishedName(certificate.subject)}`,
    `ssl-client-issuer-dn: ${distinguishedName(certificate.issuer)}`,
    `ssl-client-fingerprint: ${hexOf(certificate.fingerprint)}`,
    `ssl-client-serial: ${certificate.serialNumber}`,
    `ssl-client-cert: ${encodeURIComponent(certificate.toString())}`,
    '',
  ].join('\r\n')
}

function valuesOf(names: readonly AltName[], kind: string): string[] {
  return names
    .filter((name) => name.kind === kind)
    .slice(0, mostNames)
    .map(({ value }) => percentEncoded(value))
}

/** Node writes `AB:CD`. */
function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

/** Whatever could end a header value or be read as another character. */
function percentEncoded(text: string): string {
  return text.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()))
}

function quotedWhereNeeded(value: string): string {
  return /[",;=\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value
}
