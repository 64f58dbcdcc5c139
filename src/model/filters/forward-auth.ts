import type { Bytes, Ms } from '../../std/units.ts'
import type { BodyWish } from './body-wish.ts'
import type { VerdictCache } from './verdict-cache.ts'

/**
 * Asks another server whether a request may pass. Names of headers are lower case.
 *
 * The order of things: the request is told, the answer's status decides, headers of the answer go on.
 */
export interface ForwardAuth {
  /** Id of the cluster that is asked. */
  readonly cluster: string
  /** What it is asked for: a path, with a query if need be. */
  readonly target: string
  readonly method: string
  /** The host header of the question; `undefined` lets the cluster decide. */
  readonly host: string | undefined
  /** Headers of the request that it is told; those that say where the request came from and went to are told in any case. */
  readonly told: 'all' | readonly string[]
  /** How much of the request's body it is told; `undefined` for nothing. */
  readonly toldBody: BodyWish | undefined
  /** Headers of an allowing answer that go upstream; what the client sent under these names does not. */
  readonly toUpstream: readonly string[]
  /** Headers of an allowing answer that go to the client with the response. */
  readonly toClient: readonly string[]
  /** Headers of a denying answer that go to the client with the denial. */
  readonly denial: readonly string[]
  /** The header of an allowing answer that says who the client is; one of `toUpstream` or not. */
  readonly identity: string | undefined
  /** Until the answer is complete, connecting included. */
  readonly timeout: Ms
  /** Largest body of a denial that is passed on; a larger one is left out. */
  readonly body: Bytes
  readonly signIn: SignIn | undefined
  /** Which verdicts are remembered; `undefined` for none. */
  readonly cache: VerdictCache | undefined
}

/** Where a client goes that is told 401. */
export interface SignIn {
  /** May hold `{scheme}`, `{host}`, `{uri}` and `{escapedUri}`: those of the request. */
  readonly url: string
  /** The query parameter that gets the URL of the request, unless `url` has it already. */
  readonly parameter: string
  /** What the client gets instead of 401. */
  readonly status: 302 | 303
}
