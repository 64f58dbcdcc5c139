/**
 * What TLS and filters need and nobody may read by accident: keys, certificates, CA bundles, hashes. Materials never enter the model, which
 * names them by id; they travel beside it in `ModelDifference.materials`, and no page or command prints them.
 */
export type Material =
  | CertificateMaterial
  | CaMaterial
  | RevocationMaterial
  | TicketKeyMaterial
  | UserMaterial
  | ApiKeyMaterial
  | TextMaterial

/** The hash of a material's content, so that other content is another material. */
export type MaterialId = string

/** A certificate with its chain and its key, checked: they belong together and the dates were looked at. */
export interface CertificateMaterial {
  readonly kind: 'certificate'
  readonly id: MaterialId
  /** PEM: the certificate itself first, then its chain. */
  readonly certificate: string
  /** PEM, not encrypted. */
  readonly key: string
}

/** PEM of one or more authorities. */
export interface CaMaterial {
  readonly kind: 'ca'
  readonly id: MaterialId
  readonly certificates: string
}

/** PEM of one or more revocation lists. */
export interface RevocationMaterial {
  readonly kind: 'crl'
  readonly id: MaterialId
  readonly lists: string
}

/** Users and the hashes of their passwords, each of which `readPasswordHash` takes; at least one. */
export interface UserMaterial {
  readonly kind: 'users'
  readonly id: MaterialId
  readonly users: readonly (readonly [user: string, hash: string])[]
}

/** Digests of keys, and what each key is called; at least one. */
export interface ApiKeyMaterial {
  readonly kind: 'api-keys'
  readonly id: MaterialId
  /** SHA-256 of the key's bytes, lower-case hex. */
  readonly keys: readonly (readonly [digest: string, id: string])[]
}

/** 48 bytes each, base64; the first encrypts, all decrypt. */
export interface TicketKeyMaterial {
  readonly kind: 'ticket-keys'
  readonly id: MaterialId
  readonly keys: readonly string[]
}

/** What a file holds that a filter names, such as a shared secret. */
export interface TextMaterial {
  readonly kind: 'text'
  readonly id: MaterialId
  /** The bytes of the file, one character each (latin1). */
  readonly text: string
}
