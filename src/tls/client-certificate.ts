import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { ClientCertificates } from '../model/tls.ts'
import type { VerifiedCertificate } from '../model/verified-certificate.ts'
import { parseAltNames } from '../std/alt-names.ts'
import type { Bytes } from '../std/units.ts'
import { clientCertificateFields, type ShownCertificate } from './client-certificate-fields.ts'
import { hasAllowedName } from './client-names.ts'
import { commonNameOf } from './common-name.ts'
import { distinguishedName } from './distinguished-name.ts'

/** What a client's certificate came to: header lines for the upstream and what filters may go by, or why the connection has to end. */
export type ClientVerdict =
  | { readonly fields: string; readonly certificate: VerifiedCertificate | undefined }
  | { readonly refusal: string }

/** Of all certificates of a chain, as the client may have sent them. Hardening L06. */
const longestChain: Bytes = 64 * 1024

/** Of a client's own certificate: it may travel upstream in a header. */
const longestCertificate: Bytes = 8 * 1024

/**
 * Judges what a client has shown in a handshake that OpenSSL has finished: in every mode a certificate that is there must be
 * right. The chain's signatures, dates, purpose and revocation are OpenSSL's; depth, size and names are checked here, and the
 * dates once more, because a resumed session is as old as its ticket.
 *
 * @param wall milliseconds since 1970.
 */
export function judgeClient(socket: TLSSocket, rules: ClientCertificates, wall: number): ClientVerdict {
  const shown = socket.getPeerX509Certificate()
  if (shown === undefined) {
    return rules.mode === 'required'
      ? { refusal: 'no certificate' }
      : { fields: clientCertificateFields(undefined, rules.forward), certificate: undefined }
  }
  if (!socket.authorized) return { refusal: String(socket.authorizationError) }
  if (shown.raw.length > longestCertificate)
    return { refusal: `a certificate of more than ${longestCertificate} bytes` }
  if (wall < Date.parse(shown.validFrom) || wall > Date.parse(shown.validTo))
    return { refusal: 'CERT_HAS_EXPIRED' }
  const fault = chainFault(socket, rules.depth)
  if (fault !== undefined) return { refusal: fault }
  const names = parseAltNames(shown.subjectAltName)
  if (names === undefined) return { refusal: 'a subjectAltName that cannot be read' }
  if (!hasAllowedName(names, rules.names)) return { refusal: 'no allowed subjectAltName' }
  const certificate: ShownCertificate = { certificate: shown, names }
  return { fields: clientCertificateFields(certificate, rules.forward), certificate: verified(certificate) }
}

function verified({ certificate, names }: ShownCertificate): VerifiedCertificate {
  return {
    subject: distinguishedName(certificate.subject),
    commonName: commonNameOf(certificate.subject),
    names,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}

/** @param depth 0 is no limit. */
function chainFault(socket: TLSSocket, depth: number): string | undefined {
  let bytes = 0
  let count = 0
  for (const certificate of chainOf(socket.getPeerCertificate(true))) {
    bytes += certificate.raw.length
    if (bytes > longestChain) return `a chain of more than ${longestChain} bytes`
    if (isRoot(certificate)) continue
    if (++count > depth && depth > 0) return `a chain of more than ${depth} certificates`
  }
  return undefined
}

/** The client's certificate and its issuers, as far as they are known. */
function* chainOf(leaf: DetailedPeerCertificate): Generator<DetailedPeerCertificate> {
  const seen = new Set<DetailedPeerCertificate>()
  for (
    let at: DetailedPeerCertificate | undefined = leaf;
    at?.raw !== undefined && !seen.has(at);
    at = at.issuerCertificate
  ) {
    seen.add(at)
    yield at
  }
}

function isRoot(certificate: DetailedPeerCertificate): boolean {
  return certificate.issuerCertificate === certificate
}
