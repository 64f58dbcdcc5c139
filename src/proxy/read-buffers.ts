import type { Bytes } from '../std/units.ts'

/** What most reads go into: one buffer for all connections of the process, emptied before the next read. */
const sharedBytes: Bytes = 64 * 1024

/** What a connection in the middle of a large body reads into, so that its bytes may wait in a write without a copy. */
const ownBytes: Bytes = 256 * 1024

/** From this many bytes of one body on, a buffer of its own pays. */
export const streamingFrom: Bytes = 64 * 1024

const shared = Buffer.allocUnsafeSlow(sharedBytes)
const spare: Buffer[] = []
const mostSpare = 16

/**
 * The buffer one connection reads into, given to `net`'s `onread`.
 *
 * To begin with it is the shared one: every byte must be used up or copied before the read callback returns.
 * While streaming it is the connection's own, and the rule is: no further read while a write of its bytes waits.
 */
export class ReadBuffer {
  #current: Buffer = shared
  #changed = true

  /** Whether bytes just read are overwritten by the next read of any connection. */
  get borrowed(): boolean {
    return this.#current === shared
  }

  /** What the bytes of the read just told of stand in. */
  get current(): Buffer {
    return this.#current
  }

  /** Changes to an own buffer; holds from the next read on. */
  startStreaming(): void {
    if (this.#current !== shared) return
    this.#current = spare.pop() ?? Buffer.allocUnsafeSlow(ownBytes)
    this.#changed = true
  }

  /** Takes another own buffer because a write still refers to the one it has. */
  rotate(): void {
    if (this.#current === shared) return
    this.#current = spare.pop() ?? Buffer.allocUnsafeSlow(ownBytes)
    this.#changed = true
  }

  /** @param idle no write refers to the own buffer any more, so that another connection may have it. */
  stopStreaming(idle: boolean): void {
    if (this.#current === shared) return
    if (idle && spare.length < mostSpare) spare.push(this.#current)
    this.#current = shared
    this.#changed = true
  }

  /** For `onread.buffer`: the buffer when it is another one than before, else nothing. */
  next(): Buffer | undefined {
    if (!this.#changed) return undefined
    this.#changed = false
    return this.#current
  }
}
