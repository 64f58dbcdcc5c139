import type { Bytes, Ms } from '../../std/units.ts'
import { isBodiless } from '../../http/status.ts'
import type { ResponseHead } from '../../wire/h1/response-head.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { Framing } from '../../wire/h1/serialise.ts'
import { errorCode, errorName } from '../../wire/h2/protocol.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'
import type { AttemptConnection, AttemptEvents, FailureReason } from '../attempt.ts'
import type { Flushed } from '../flushed.ts'

/** What a stream needs of its connection. */
export interface UpstreamCarrier {
  /** Writes so far; whatever was collected before the last one may have reached the endpoint. */
  readonly writes: number
  open(request: UpstreamRequest, fields: string, owner: UpstreamStream): H2Stream<UpstreamStream>
  send(stream: H2Stream<UpstreamStream>, buffer: Buffer, start: number, end: number, borrowed: boolean): void
  end(stream: H2Stream<UpstreamStream>, trailers: string): void
  expect(stream: H2Stream<UpstreamStream>, bytes: Bytes): void
  credit(stream: H2Stream<UpstreamStream>, bytes: Bytes): void
  reset(stream: H2Stream<UpstreamStream>, code: number): void
  /** How much waits for the endpoint on a stream. */
  held(owner: UpstreamStream): Flushed
  /** The stream was flushed to, and is told of the end of the read. */
  touch(owner: UpstreamStream): void
  /** No response is waited for any more. */
  headSeen(): void
  /** The stream carries nothing any more. @param openedAt when it was given up; else `undefined`. */
  over(openedAt: Ms | undefined): void
}

/** What an h2 request says besides its fields. */
export interface UpstreamRequest {
  method: string
  authority: string
  path: string
}

/** One request on an endpoint's HTTP/2 connection. */
export class UpstreamStream implements AttemptConnection {
  readonly reused: boolean
  readonly connectMs: Ms
  answered = false
  resetCode = -1
  responseEnded = false
  /** In the list of those that are told of the end of the read. */
  touched = false
  /** Told that it holds too much, and not yet that it may go on. */
  full = false
  readonly #carrier: UpstreamCarrier
  readonly #openedAt: Ms
  #events: AttemptEvents | undefined
  #stream: H2Stream<UpstreamStream> | undefined = undefined
  #writes = 0
  #answersHead = false
  #requestDone = false
  #headSeen = false
  #paused = false
  /** Bytes of the response that were taken while it was paused: given back when it goes on. */
  #withheld: Bytes = 0
`
