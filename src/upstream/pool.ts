import type { Endpoint } from './endpoint.ts'

/** An upstream connection, as far as a pool has to know it; whoever opened the socket provides it. */
export interface PooledConnection {
  readonly endpoint: Endpoint
  /** Monotonic ms since when it is unused; the pool sets it. */
  idleSince: number
  /** Monotonic ms, with the clock's fractions: the jitter of its oldest age is made from them. */
  readonly openedAt: number
  /** False as soon as the peer closed it, or sent something nobody asked for. */
  readonly usable: boolean
  /** Closes the socket; calling it again does nothing. */
  close(): void
}

/** An upstream connection that carries several requests at once, as far as a pool has to know it. */
export interface SharedConnection {
  readonly endpoint: Endpoint
  /** As of `PooledConnection`. */
  readonly openedAt: number
  /** Monotonic ms since when it carries no request; `Infinity` while it does. */
  readonly idleSince: number
  /** Requests that it takes besides those it carries; 0 when it is full, and when it is going. */
  readonly room: number
  /** Takes no further request, and closes when those it carries are over: at once when there are none. */
  retire(): void
}

/**
 * What a request needs of a used connection: `fresh` is one that was in use a moment ago, for requests that must not run
 * twice and so cannot be sent again when the peer closes the connection as they leave.
 */
export type ConnectionNeed = 'any' | 'fresh'
