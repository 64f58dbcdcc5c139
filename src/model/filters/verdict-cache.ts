import type { Ms } from '../../std/units.ts'

/** Which verdicts of another server are remembered, by what, and how long. */
export interface VerdictCache {
  /** What tells requests apart that may get different verdicts; never empty. A request that lacks a part is asked about. */
  readonly key: readonly VerdictKeyPart[]
  /** The first entry that holds the status of an answer counts; without one it is not remembered. */
  readonly lifetimes: readonly StatusLifetime[]
}

/** How long answers with these statuses hold, both ends included. */
export interface StatusLifetime {
  readonly from: number
  readonly to: number
  readonly holds: Ms
}

/**
 * A part of a request that a verdict depends on. `uri` is path and query as the client asked; headers and cookies are those that the
 * server is told. Names of headers are lower case.
 */
export type VerdictKeyPart =
  | { readonly kind: 'client-ip' | 'host' | 'method' | 'scheme' | 'path' | 'uri' }
  | { readonly kind: 'header' | 'cookie'; readonly name: string }
