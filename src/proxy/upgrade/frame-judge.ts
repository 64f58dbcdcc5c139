import { Receiver } from 'ws'
import type { Reason } from '../../model/reasons.ts'
import type { Bytes } from '../../std/units.ts'

/** What is wrong with the frames of one side. */
export interface Violation {
  readonly reason: Extract<Reason, 'websocket_frame' | 'websocket_message' | 'websocket_rate'>
  readonly detail: string
}

/** Fragments of one message: each costs more than its bytes. */
const mostFragments = 1024

/** Pieces that one frame may come in, at the least; as many more as fit its size in pieces of 256 bytes. */
const fewestPieces = 1024

const tooLarge: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
])

/**
 * Judges the frames of one direction: their form, and the size of the messages they make up. It holds a message until it is
 * complete, so a limit on its size is a must. Text is not looked at: that is the endpoint's business.
 */
export class FrameJudge {
  readonly #receiver: Receiver

  /** @param from a client's frames are masked, an endpoint's are not. */
  constructor(from: 'client' | 'endpoint', largest: Bytes) {
    this.#receiver = new Receiver({
      isServer: from === 'client',
      binaryType: 'fragments',
      maxPayload: largest,
      maxFragments: mostFragments,
      maxBufferedChunks: Math.max(fewestPieces, largest >> 8),
      skipUTF8Validation: true,
    })
    this.#receiver.on('error', ignore)
  }

  /** Takes bytes in order; what comes behind a Close is not looked at. @param bytes are unmasked in place. */
  judge(bytes: Buffer): Violation | undefined {
    const receiver = this.#receiver
    if (receiver.writableEnded) return undefined
    receiver.write(bytes)
    return receiver.errored === null ? undefined : violationOf(receiver.errored)
  }
}

function violationOf(error: Error): Violation {
  const code = 'code' in error ? String(error.code) : ''
  return { reason: tooLarge.has(code) ? 'websocket_message' : 'websocket_frame', detail: error.message }
}

/** It is told by `errored`. */
function ignore(): void {}
