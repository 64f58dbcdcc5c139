import type { Writable } from 'node:stream'

/** What ws exports and its types leave out. */
declare module 'ws' {
  interface ReceiverOptions {
    /** Frames come from a client: they have to be masked. */
    readonly isServer?: boolean
    readonly binaryType?: 'nodebuffer' | 'fragments'
    readonly maxPayload?: number
    readonly maxFragments?: number
    readonly maxBufferedChunks?: number
    readonly skipUTF8Validation?: boolean
  }

  /** Takes the bytes of one direction; a broken frame is its error, set when `write` returns. */
  export class Receiver extends Writable {
    constructor(options: ReceiverOptions)
  }

  interface FrameOptions {
    readonly fin: boolean
    readonly rsv1: boolean
    readonly opcode: number
    readonly mask: boolean
    /** The payload is not masked in place. */
    readonly readOnly: boolean
  }

  export const Sender: {
    readonly frame: (payload: Buffer, options: FrameOptions) => Buffer[]
  }
}
