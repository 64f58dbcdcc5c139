import type { Bytes } from '../../std/units.ts'
import type { HeaderLimits, HeaderList } from './hpack/header-list.ts'
import type { H2Stream } from './stream.ts'

/** What we announce and hold the peer to. */
export interface SessionSettings {
  /** Streams that the peer may have open at once; a client takes none. */
  readonly streams: number
  /** Bytes of one stream, and of all together, that may be on their way to us; at least 65,535. */
  readonly streamWindow: Bytes
  readonly connectionWindow: Bytes
  /** Of our HPACK decoder. */
  readonly headerTable: Bytes
  readonly header: HeaderLimits
  /** RFC 8441; of a server. */
  readonly extendedConnect: 'on' | 'off'
}

/**
 * What a session tells, from inside `receive` and `takeOutput`. Every method of the session may be called from here.
 * A stream that was closed, by either side, is told of no more.
 */
export interface SessionEvents<Owner> {
  /**
   * The head of a request (server), or of a response, 1xx ones included (client). `list` is valid during the call, and may
   * carry a fault: the receiver decides whether to answer or to reset.
   */
  onHead(stream: H2Stream<Owner>, list: HeaderList, how: 'ended' | 'open'): void
  /** Trailers, perhaps with a fault; they end what the peer sends, and `onEnd` is not called besides. */
  onTrailers(stream: H2Stream<Owner>, list: HeaderList): void
  /** Payload without padding; the bytes are overwritten after the read. Give them back with `credit` once used up. */
  onData(stream: H2Stream<Owner>, buffer: Buffer, start: number, end: number): void
  /** The peer has sent its last byte on this stream. */
  onEnd(stream: H2Stream<Owner>): void
  /** The stream ended early: `stream.resetBy` says by whom, `stream.unprocessed` whether a retry is safe. */
  onReset(stream: H2Stream<Owner>, code: number, detail: string): void
  /** Everything queued on a stream for which `awaitDrain` was called has left. */
  onDrained(stream: H2Stream<Owner>): void
  /** The peer opens no further streams (server), or takes none (client): those above `lastId` were reset before this. */
  onGoaway(lastId: number, code: number): void
  /** The peer's settings have come, for the first time or anew. */
  onSettings(): void
  /** The answer to a `ping`. */
  onPong(): void
  /** Connection error: the output ends with a GOAWAY; write it, then close. Nothing is told after this. */
  onFatal(code: number, detail: string): void
}
