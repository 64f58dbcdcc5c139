import type { Ms } from '../../std/units.ts'
import type { BodyWish } from './body-wish.ts'

/** Asks a server by `envoy.service.auth.v3.Authorization/Check` whether a request may pass. Names of headers are lower case. */
export interface ExtAuthz {
  /** Id of the cluster that is asked; it speaks HTTP/2. */
  readonly cluster: string
  /** Until the answer is complete, connecting included. */
  readonly timeout: Ms
  /** What becomes of a request when nobody answers: `open` lets it pass. */
  readonly failure: 'closed' | 'open'
  /** Headers of the request that the server is told. */
  readonly told: 'all' | readonly string[]
  /** How much of the request's body it is told; `undefined` for nothing. */
  readonly toldBody: (BodyWish & { readonly form: 'text' | 'bytes' }) | undefined
  /** Headers that the server may set upstream: `any`, or these, which no client's are then. */
  readonly toUpstream: 'any' | readonly string[]
  /** The header that the server sets which says who the client is. */
  readonly identity: string | undefined
  /** `context_extensions` of every question. */
  readonly context: readonly (readonly [name: string, value: string])[]
  /** Header lines of the call beside those of gRPC. */
  readonly metadata: readonly (readonly [name: string, value: string])[]
}
