import type { Bytes } from '../std/units.ts'

/** What most reads go into: one buffer for all connections of the process, emptied before the next read. */
const sharedBytes: Bytes = 64 * 1024

/**
 * What a connection in the middle of a large body reads into, so that its bytes may wait in a write without a copy.
 * An exchange may have one at either side and must cost 256 KiB at most (hardening §1.8).
 */
const ownBytes: Bytes = 96 * 1024

/** From this many bytes of one body on, a buffer of its own pays. */
export const streamingFrom: Bytes = 64 * 1024

const shared = Buffer.allocUnsafeSlow(sharedBytes)
const spare: Buffer[] = []
const mostSpare = 16

/**
 * The buffer one connection reads into, given to `net`'s `onread`, which takes another one only right after a read.
 *
 * To begin with it is the shared one: every byte must be used up or copied before the read callback returns.
 * While streaming it is the connection's own, and the rule is: no further read while a write of its bytes waits.
 */
export class ReadBuffer {
  /** What the socket has; `undefined` before the first time it asked. */
  #given: Buffer | undefined = undefined
  #wanted: Buffer = shared
  /** No write refers to the given buffer, so that another connection may have it. */
  #idle = false
  #lent: Buffer | undefined = undefined

  /** What the bytes of the read just told of stand in. */
  get current(): Buffer {
    return this.#lent ?? this.#given ?? shared
  }

  /** Whether those bytes are overwritten by the next read of any connection. */
  get borrowed(): boolean {
    return this.current === shared
  }

  /** Lets bytes that came while their reader had paused be read from where they were kept; `undefined` ends that. */
  lend(bytes: Buffer | undefined): void {
    this.#lent = bytes
  }

  /** Changes to an own buffer. */
  startStreaming(): void {
    if (this.#wanted === shared) this.#wanted = ownBuffer()
  }

  /** Changes to another own buffer, because a write still refers to the one it has. */
  rotate(): void {
    if (this.#given !== shared) this.#wanted = ownBuffer()
  }

  /** @param idle no write refers to the own buffer any more. */
  stopStreaming(idle: boolean): void {
    this.#wanted = shared
    this.#idle = idle
  }

  /** For `onread.buffer`: the buffer when it is another one than before, else nothing. */
  next(): Buffer | undefined {
    const given = this.#given
    if (given === this.#wanted) return undefined
    if (given !== undefined && given !== shared && this.#idle && spare.length < mostSpare) spare.push(given)
    this.#idle = false
    this.#given = this.#wanted
    return this.#wanted
  }
}

function ownBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(ownBytes)
}
