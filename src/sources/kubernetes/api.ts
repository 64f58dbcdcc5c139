import type { Ms } from '../../std/units.ts'

/** The API server, as the rest of the program asks it. One connection pool, authenticated, with tokens read anew as they rotate. */
export interface KubernetesApi {
  /**
   * Asks once.
   *
   * @param path with its query: `/apis/networking.k8s.io/v1/ingresses?limit=500`.
   * @throws {ApiError} when the answer is not 2xx, `status` 0 when there was none.
   */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: ApiOptions,
  ): Promise<unknown>
  /**
   * Reads the lines of a watch; settles when the stream ended, was silent for too long, or `signal` ended it.
   *
   * @param onLine hears each line, parsed.
   * @throws {ApiError} when the answer is not 200, or the connection broke before it.
   */
  watch(path: string, onLine: (line: unknown) => void, options: WatchOptions): Promise<WatchEnd>
  /** Host and port for messages: `https://10.0.0.1:6443`. */
  readonly server: string
}

export interface ApiOptions {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Of the body; `application/json`, for PATCH `application/merge-patch+json`. */
  readonly contentType?: string
  /** Of the whole; 30 s. */
  readonly timeout?: Ms
  readonly signal?: AbortSignal
}

export interface WatchOptions {
  /** Without a byte for so long, the connection counts as dead. */
  readonly silence: Ms
  readonly signal: AbortSignal
  /** Called when the answer has begun: from now on changes are heard. */
  readonly onOpen?: () => void
}

/** How a watch ended; `broken` says why its connection was lost: `closed in mid answer`. */
export type WatchEnd = 'closed' | 'silent' | 'aborted' | { readonly broken: string }

/** `reason` of the {@link ApiError} for an answer that has more bytes than we take. */
export const tooLarge = 'AnswerTooLarge'

/** An answer that is no success, or none at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** `reason` of the Status object: `Expired`, `Conflict`; `""` without one. */
  readonly reason: string
  /** `Retry-After`; `undefined` without one. */
  readonly retryAfter: Ms | undefined

  constructor(
    message: string,
    facts: {
      readonly status: number
      readonly reason?: string
      readonly retryAfter?: Ms | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, { cause: facts.cause })
    this.status = facts.status
    this.reason = facts.reason ?? ''
    this.retryAfter = facts.retryAfter
  }
}
