import type { Ms } from '../../std/units.ts'
import type { SignatureAlgorithm } from '../jwk-set.ts'
import type { MaterialId } from '../material.ts'

/** Lets a request pass that carries a token (RFC 7519) signed by an issuer. */
export interface JwtRule {
  /** What `iss` must be, one of them. */
  readonly issuers: readonly string[]
  /** What `aud` must hold, one of them; empty asks for none. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly keys: JwtKeys
  /** Where a token is looked for, in this order; the first that is there counts. */
  readonly from: readonly TokenPlace[]
  readonly claims: readonly RequiredClaim[]
  /** How far the clocks of issuer and gateway may lie apart. */
  readonly clockSkewMs: Ms
  /** `optional` lets requests without a token pass, without an identity; a bad token is refused all the same. */
  readonly token: 'required' | 'optional'
  /** Whether tokens need an `exp`. */
  readonly expiry: 'required' | 'optional'
  /** Headers for the upstream from claims; what the client sent under these names is always taken away. */
  readonly forward: readonly (readonly [header: string, claim: string])[]
  /** Whether the upstream sees the token. */
  readonly upstream: 'keep' | 'remove'
}

/** Where the keys of an issuer are. */
export type JwtKeys =
  | ({ readonly kind: 'url' } & RemoteKeys)
  /** A JWK set, as it was written. */
  | { readonly kind: 'set'; readonly text: string }
  /** A shared secret, for HS256, HS384 and HS512 alone. */
  | { readonly kind: 'secret'; readonly material: MaterialId }

/** A JWK set that is fetched, and fetched again. */
export interface RemoteKeys {
  readonly url: string
  /** Authorities that the server's certificate is checked against; `undefined` for those of the host. */
  readonly ca: MaterialId | undefined
  /** The longest time between two fetches; `max-age` of the answer makes it shorter. */
  readonly refreshMs: Ms
  /** How long keys are used beyond that, while the issuer is away. */
  readonly staleMs: Ms
  /** The least time between two fetches for key ids that are unknown. */
  readonly unknownKeyMs: Ms
  /** Of one fetch, from the connection to the last byte. */
  readonly timeoutMs: Ms
}

/** Header names are in lower case; a value may stand behind `Bearer `, and in `authorization` has to. */
export type TokenPlace =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string }

/** `scope` that is one text counts as the list of its words (RFC 6749 §3.3). */
export interface RequiredClaim {
  /** A name, or a path through objects with dots between: `realm_access.roles`. */
  readonly claim: string
  readonly values: readonly string[]
  readonly match: 'any' | 'all'
}
