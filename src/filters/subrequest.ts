import type { RequestView } from '../model/request-view.ts'
import type { Bytes, Ms } from '../std/units.ts'

/** A question to a cluster that a filter asks on behalf of a request. */
export interface Subrequest {
  /** Id of the cluster. */
  readonly cluster: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** The host header; `undefined` lets the cluster decide. */
  readonly host: string | undefined
  /** Header lines, end-to-end only, without host and framing. */
  readonly fields: string
  /** The body; `undefined` for none. */
  readonly content: Buffer | undefined
  /** Until the answer is complete, connecting and waiting for a connection included. */
  readonly timeout: Ms
  /** Most of the answer's body that is kept; of a larger one nothing is. */
  readonly answerBytes: Bytes
}

/** An answer that has come whole. */
export interface Answered {
  readonly kind: 'answered'
  /** From 200 to 599. */
  readonly status: number
  /** Header lines, end-to-end only, without framing. */
  readonly fields: string
  /** `undefined` when it was larger than asked for. */
  readonly body: Buffer | undefined
  /** Field lines behind the body. */
  readonly trailers: string
}

/** What came of a question. */
export type SubrequestAnswer =
  | Answered
  /** Nobody answered; `detail` says why, for the log. */
  | { readonly kind: 'unanswered'; readonly detail: string }

/** On whose behalf a question is asked, as far as balancing goes by it. */
export interface Asker extends RequestView {
  /** The host header as the client sent it. */
  readonly authority: string
  /** Ends the question; there as long as it is under way. */
  pending: Pending | undefined
}

/**
 * Asks a cluster as traffic does: balancing, health, limits, TLS and the pool of connections are the same. Never rejects.
 *
 * @param request on whose behalf; when it ends, the question ends too.
 */
export type Ask = (request: Asker, subrequest: Subrequest) => Promise<SubrequestAnswer>

/** Something a request waits for. */
export interface Pending {
  /** The request is over: nobody waits any more. Calling it again does nothing. */
  stop(): void
}
