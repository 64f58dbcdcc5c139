import type { Reason } from '../model/reasons.ts'
import type { ResponseHead } from '../wire/h1/response-head.ts'
import type { Framing } from '../wire/h1/serialise.ts'
import type { Flushed } from './flushed.ts'

/** Why an attempt upstream ended without a usable response. */
export type FailureReason = Extract<
  Reason,
  | 'upstream_connect'
  | 'upstream_tls'
  | 'connect_timeout'
  | 'upstream_reset'
  | 'upstream_refused'
  | 'upstream_bad_response'
  | 'upstream_head_too_large'
  | 'upstream_incomplete'
  | 'response_timeout'
>

/** What an upstream connection tells of the request it carries. */
export interface AttemptEvents {
  /** A response head, 1xx ones included. Returns whether the body that follows is wanted. */
  onResponseHead(head: ResponseHead): boolean
  onResponseData(buffer: Buffer, start: number, end: number, borrowed: boolean): void
  /** The response is complete, and flushed; the exchange may be another one when this returns. */
  onResponseEnd(trailers: string): Flushed
  /** Everything of one read has been told: time to flush. */
  onResponseTurn(): Flushed
  /** The connection has gone; `onResponseEnd` will not come. */
  onAttemptFailed(reason: FailureReason, detail: string): void
  /** A mistake of ours, while the response was being handled; the connection has gone. */
  onDefect(error: unknown): void
  /** What was written upstream has left: more of the request may come. */
  onUpstreamDrained(): void
}

/** A connection upstream as an exchange uses it; the same for every protocol. */
export interface AttemptConnection {
  /** It had carried a request before this one. */
  readonly reused: boolean
  /** Some byte of this request may have reached the endpoint. */
  readonly written: boolean
  /** Some byte of the response arrived. */
  readonly answered: boolean
  /** The response ended with its head: HTTP/2 knows. */
  readonly responseEnded: boolean
  /** The code of the HTTP/2 reset that ended the response; -1 when none did. */
  readonly resetCode: number
  /** Milliseconds it took to connect; 0 on a reused connection. */
  readonly connectMs: number
  /**
   * What the endpoint speaks. It decides how a tunnel opens: HTTP/1.1 with a 101 that names the protocol, HTTP/2 with any 2xx
   * to an extended CONNECT (RFC 8441 §5).
   */
  readonly speaks: 'HTTP/1.1' | 'HTTP/2'
  /**
   * Collects the head of a request; what its response may hold depends on the method.
   *
   * @param framing `tunnel` asks to leave HTTP; `fields` then hold an `upgrade` line with the protocol and, for websockets,
   * `sec-websocket-key`. HTTP/2 makes an extended CONNECT of it without these two lines (`extendedConnect` in
   * `upgrade/extended-connect.ts`), and fails the attempt when the peer has not allowed that. `sendEnd` comes when the tunnel's
   * client has ended, never before.
   */
  sendHead(method: string, target: string, host: string, fields: string, framing: Framing): void
  sendBody(buffer: Buffer, start: number, end: number, borrowed: boolean): void
  /** The request is complete; `trailers` are field lines of a chunked one. */
  sendEnd(trailers: string): void
  /** Lets everything collected out; after `full`, `onUpstreamDrained` follows. */
  flush(): Flushed
  pause(): void
  resume(): void
  /**
   * The response head that was just told opens a tunnel: what follows it are bytes, each way until its end (`sendEnd`,
   * `onResponseEnd`). The exchange hears nothing more once both have ended.
   *
   * @returns what carries them; HTTP/2 goes on with the stream it has.
   */
  openTunnel(): AttemptConnection
  /** Gives the request up and closes: nothing is told any more. */
  abandon(): void
}
