import type { Ms } from '../../std/units.ts'

/** How often clients may ask. All rules are one question: each of them admits the request and counts it, or none does. */
export interface RateLimit {
  readonly rules: readonly RateRule[]
}

/** One limit, and whom it counts apart. */
export interface RateRule {
  /** Rules of one name and the same content share their counts; `undefined` keeps a rule to its route or Ingress. */
  readonly name: string | undefined
  /** What tells subjects apart, in order; empty counts all requests together. */
  readonly key: readonly KeyPart[]
  /** Prefix lengths up to which client addresses are one subject. */
  readonly prefix: { readonly v4: number; readonly v6: number }
  /** What becomes of a request that lacks a part of the key. */
  readonly missing: 'skip' | 'shared' | 'deny'
  /** A `rate` is an even flow, a `quota` as many as `rate` in any time of `per`. */
  readonly kind: 'rate' | 'quota'
  /** Requests in `per`. */
  readonly rate: number
  readonly per: Ms
  /** How many may come at once beyond the even flow; 0 for a quota. */
  readonly burst: number
  /** What one request takes. */
  readonly cost: number
  readonly laterCost: LaterCost | undefined
  readonly onStoreError: 'open' | 'closed' | 'local'
  /** `shadow` counts and tells, and admits everything. */
  readonly mode: 'enforce' | 'shadow'
  /** Of the answer to a request over the limit. */
  readonly status: number
  /** Which answers carry `RateLimit` and `RateLimit-Policy`. */
  readonly headers: 'denied' | 'all' | 'off'
  /** Whether `X-RateLimit-*` stand beside them. */
  readonly legacyHeaders: 'on' | 'off'
  /** CIDR blocks of clients that are never counted. */
  readonly exceptClients: readonly string[]
  /** Subjects of identities that are never counted. */
  readonly exceptIdentities: readonly string[]
}

/** What a request costs as its response says: what that is above `cost` is taken then, whatever there is. */
export interface LaterCost {
  /** Of the response, in lower case. */
  readonly header: string
  /** More counts as this; and so many requests a share may owe at most. */
  readonly most: number
  /** What becomes of the header on the way to the client. */
  readonly clients: 'keep' | 'remove'
}

/** A part of a request by which subjects are told apart. Names of headers are lower case. */
export type KeyPart =
  | { readonly kind: 'client-ip' | 'host' | 'path' | 'method' | 'identity' }
  | { readonly kind: 'header' | 'cookie' | 'query' | 'claim'; readonly name: string }
