/** Whom a limit counts apart, and what becomes of those over it: the same for every kind of limit. */
export interface LimitRule {
  /** Rules of one name share their counts; `undefined` keeps a rule to its route or Ingress. */
  readonly name: string | undefined
  /** What tells subjects apart, in order; empty counts all requests together. */
  readonly key: readonly KeyPart[]
  /** Prefix lengths up to which client addresses are one subject. */
  readonly prefix: { readonly v4: number; readonly v6: number }
  /** What becomes of a request that lacks a part of the key. */
  readonly missing: 'skip' | 'shared' | 'deny'
  readonly onStoreError: 'open' | 'closed' | 'local'
  /** `shadow` counts and tells, and admits everything. */
  readonly mode: 'enforce' | 'shadow'
  /** Of the answer to a request over the limit. */
  readonly status: number
  /** Which answers carry `RateLimit` and `RateLimit-Policy`. */
  readonly headers: 'denied' | 'all' | 'off'
  /** CIDR blocks of clients that are never counted. */
  readonly exceptClients: readonly string[]
  /** Subjects of identities that are never counted. */
  readonly exceptIdentities: readonly string[]
}

/** A part of a request by which subjects are told apart. Names of headers are lower case. */
export type KeyPart =
  | { readonly kind: 'client-ip' | 'host' | 'path' | 'method' | 'identity' }
  | { readonly kind: 'header' | 'cookie' | 'query' | 'claim'; readonly name: string }
