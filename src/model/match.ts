/** What a request must be, besides its host, for a route to take it. All parts given must hold. */
export interface Match {
  readonly path: PathMatch
  /** Upper-case methods; empty means any. */
  readonly methods: readonly string[]
  /** Field names are lower case. */
  readonly headers: readonly ValueMatch[]
  readonly cookies: readonly ValueMatch[]
  readonly query: readonly ValueMatch[]
  /** CIDR blocks; empty means any client. */
  readonly clients: readonly string[]
  /** Listener ids; empty means every listener. */
  readonly listeners: readonly string[]
}

/**
 * How a path is compared with the normalised path of a request.
 *
 * - `segments`: `/api` takes `/api`, `/api/` and `/api/x`, not `/apis`. `/` takes everything.
 * - `prefix`: by text: `/api` takes `/apis` too.
 * - `regex`: RE2 syntax, matched against the whole path.
 */
export type PathMatch =
  | { readonly kind: 'segments'; readonly value: string }
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }

/** A named value: a header, a cookie, a query parameter. */
export interface ValueMatch {
  readonly name: string
  readonly value:
    | { readonly kind: 'present' }
    | { readonly kind: 'absent' }
    | { readonly kind: 'exact'; readonly value: string }
    | { readonly kind: 'prefix'; readonly value: string }
    | { readonly kind: 'regex'; readonly value: string }
}
