import type { Bytes } from '../../std/units.ts'
import { SendQueue } from './send-queue.ts'

/** One stream of a session. Readable by whoever drives the session; written by the session alone, save `owner`. */
export class H2Stream<Owner> {
  readonly id: number
  /** What the adapter keeps for it. */
  owner: Owner | undefined = undefined
  /** The request's head, or the response's final one, has come. */
  headSeen = false
  /** The peer has sent its last byte, and we ours. */
  remoteEnded = false
  localEnded = false
  /** Nothing is sent or told any more. */
  closed = false
  resetBy: 'peer' | 'us' | undefined = undefined
  /** The peer said that it has not looked at the request: it may be sent again whatever it is. */
  unprocessed = false
  /** Payload bytes that came, and how many were announced; -1 when none were. */
  received: Bytes = 0
  expected = -1
  /** Payload bytes that have left. */
  sent: Bytes = 0

  // Windows and queue: of the files beside this one.
  sendWindow: number
  receiveWindow: number
  /** Told to the adapter and not yet given back by it; given back and not yet by us. */
  owed: Bytes = 0
  credited: Bytes = 0
  readonly queue = new SendQueue()
  /** Ends after what is queued, with these trailers. */
  endQueued = false
  trailers = ''
  awaitsDrain = false
  /** What the peer still sends is not wanted: the stream is reset once our end has left. */
  unwanted = false
  /** Its neighbours in the round of those that can send; itself when alone, `undefined` when it is not in it. */
  next: H2Stream<Owner> | undefined = undefined
  previous: H2Stream<Owner> | undefined = undefined

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id
    this.sendWindow = sendWindow
    this.receiveWindow = receiveWindow
  }

  /** Bytes that wait for windows or for the socket. */
  get queued(): Bytes {
    return this.queue.bytes
  }
}
