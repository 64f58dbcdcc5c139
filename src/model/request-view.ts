/** What routing, balancing and filters may see of a request; the same for every protocol that carried it. */
export interface RequestView {
  /** Id of the listener that took it. */
  readonly listener: string
  readonly method: string
  /** Lower case, without port or trailing dot; IPv6 in brackets. */
  readonly host: string
  /** Normalised: see `http/path.ts`. Starts with `/`. */
  readonly path: string
  /** Without the `?`; `""` when there is none. Byte-exact. */
  readonly query: string
  /** The client's address after trusted hops: `203.0.113.7`, `2001:db8::1`, `""` for a unix socket. */
  readonly clientAddress: string
  /** A header by lower-case name; repeated ones joined with `, ` (cookies with `; `). */
  field(name: string): string | undefined
}
