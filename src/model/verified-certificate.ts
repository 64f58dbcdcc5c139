import type { AltName } from '../std/alt-names.ts'

/** The certificate of a client, which the handshake found good. */
export interface VerifiedCertificate {
  /** The whole subject as RFC 2253 writes it, in printable ASCII: `CN=joe,O=Shop`. */
  readonly subject: string
  /** `undefined` when the subject has none, or more than one. */
  readonly commonName: string | undefined
  /** Of subjectAltName. */
  readonly names: readonly AltName[]
  /** SHA-256 of the whole certificate: 64 hexadecimal digits, lower case. */
  readonly fingerprint: string
}
