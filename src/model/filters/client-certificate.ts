/** Which client certificates a route is open to: one that has any of these. With no list, every one that was verified will do. */
export interface ClientCertificateRules {
  /** Common names of the subject, exact. */
  readonly commonNames: readonly string[]
  /** Of subjectAltName: `DNS:a.test`, `URI:spiffe://a/b`, `email:x@a`; `*` at the end of a URI stands for any rest. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate: 64 hexadecimal digits, lower case. */
  readonly fingerprints: readonly string[]
}
