import type { Framing } from '../wire/h1/serialise.ts'
import type { Wire } from './connection.ts'
import type { Flushed } from './flushed.ts'

/**
 * Where the response of one exchange goes, whatever protocol carries it.
 *
 * Sent parts are collected and leave together at `flush()`, so that a small response is one packet.
 */
export interface ResponseSink {
  /** Sends a 1xx response; ignored where the client's protocol has none. */
  sendInformational(status: number): void
  /**
   * Starts the final response.
   *
   * @param framing what is known of the body's length; the sink makes of it what its protocol needs. With `tunnel` the
   * request has left HTTP: `sendData` and `sendEnd` are then bytes and their end, whatever still comes the other way.
   * `RequestSource.openTunnel` follows. HTTP/2 gets a 200 and no `upgrade` line: it has nothing else to do.
   * @param close the connection ends after this response.
   */
  sendHead(status: number, reason: string, fields: string, framing: Framing, close: boolean): void
  /**
   * Sends a part of the body.
   *
   * @param borrowed the bytes are overwritten after this turn: whatever cannot leave at once must be copied.
   */
  sendData(buffer: Buffer, start: number, end: number, borrowed: boolean): void
  /** Completes the response; `trailers` are field lines. */
  sendEnd(trailers: string): void
  /** Lets everything out; after `full`, `Exchange.onDownstreamDrained` follows. */
  flush(): Flushed
  /** Breaks the response off so that the client cannot take it for complete. */
  abort(): void
}

/** Where the request of one exchange comes from. */
export interface RequestSource {
  /** Stops and starts the arrival of the request's body. */
  pauseBody(): void
  resumeBody(): void
  /** The connection it comes by. */
  readonly wire: Wire
  /**
   * The request has left HTTP, and its answer been sent: what comes from now on goes to `uploadData` and `uploadEnd` as it is,
   * without a length, a minimum rate or an idle limit. May put others in the places of `source` and `sink`. Bytes that came
   * before are handed on inside. A stream of HTTP/2 has no more to do than to stop its watch over the pace of the body.
   */
  openTunnel(): void
  /** The exchange is over and its outcome has been told; the next may begin. */
  finished(): void
}
