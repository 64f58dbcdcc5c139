/** Who sends a request, as one of the filters of its route found out. */
export interface Identity {
  /** What proved it. */
  readonly by: 'basicAuth' | 'apiKey' | 'jwt' | 'forwardAuth' | 'extAuthz' | 'clientCertificate'
  /** The user, the id of the key, the `sub` claim, or the subject of the certificate: fit to be logged. */
  readonly subject: string
  /** What else was said about the client, by name; of a token its claims. Empty for most. */
  readonly claims: ReadonlyMap<string, unknown>
}

/** Of a client of whom nothing else was said. */
export const noClaims: Identity['claims'] = new Map()
