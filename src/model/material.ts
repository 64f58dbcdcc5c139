/**
 * What TLS needs and nobody may read by accident: keys, certificates, CA bundles. Materials never enter the model, which
 * names them by id; they travel beside it in `ModelDifference.materials`, and no page or command prints them.
 */
export type Material = CertificateMaterial | CaMaterial | RevocationMaterial | TicketKeyMaterial

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

/** 48 bytes each, base64; the first encrypts, all decrypt. */
export interface TicketKeyMaterial {
  readonly kind: 'ticket-keys'
  readonly id: MaterialId
  readonly keys: readonly string[]
}
