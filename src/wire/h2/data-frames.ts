import type { SessionCore } from './core.ts'
import { type PayloadUse, pieces, skip } from './frame-reader.ts'
import { endBoth } from './header-blocks.ts'
import { errorCode, flag, frameType } from './protocol.ts'
import type { H2Stream } from './stream.ts'

/** Frames below this on streams that were reset count; larger ones were on their way, as many as the window holds. */
const crumbBytes = 1024

/** Judges DATA frames and tells what they carry, piece by piece as it comes. RFC 9113 §6.1, §6.9. */
export class DataFrames<Owner> {
  readonly #core: SessionCore<Owner>
  #stream: H2Stream<Owner> | undefined = undefined
  #ends = false
  /** The length of the padding is still to be read. */
  #padded = false
  #length = 0
  /** Bytes of data, without padding, that are still to come. */
  #data = 0

  constructor(core: SessionCore<Owner>) {
    this.#core = core
  }

  begin(id: number, flags: number, length: number): PayloadUse {
    const core = this.#core
    this.#stream = undefined
    if (id === 0 || core.isIdle(id)) {
      core.fatal(errorCode.protocolError, `DATA on ${id === 0 ? 'stream 0' : 'an idle stream'}`)
      return skip
    }
    if (length > core.receiveWindow) {
      core.fatal(errorCode.flowControlError, 'more DATA than the window of the connection')
      return skip
    }
    core.receiveWindow -= length
    const stream = this.#judge(id, length)
    if (stream === undefined) {
      core.giveBack(length)
      return skip
    }
    stream.receiveWindow -= length
    this.#stream = stream
    this.#ends = (flags & flag.endStream) !== 0
    this.#padded = (flags & flag.padded) !== 0
    this.#length = length
    this.#data = length
    if (length > 0) return pieces
    if (this.#padded) core.fatal(errorCode.frameSizeError, 'padded DATA without its padding')
    else if (!this.#ends) core.countControl('empty DATA')
    return core.dead ? skip : pieces
  }

  onPiece(buffer: Buffer, start: number, end: number): void {
    let at = start
    if (this.#padded) {
      if (!this.#readPadding(buffer[at] ?? 0)) return
      at++
    }
    const to = Math.min(end, at + this.#data)
    const stream = this.#stream
    if (stream === undefined || stream.closed) return this.#core.giveBack(end - at)
    if (end > to) this.#giveBack(stream, end - to)
    if (to === at) return
    this.#data -= to - at
    this.#tell(stream, buffer, at, to)
  }

  onEnd(): void {
    const stream = this.#stream
    const core = this.#core
    this.#stream = undefined
    if (!this.#ends || stream === undefined || stream.closed) return
    if (stream.expected >= 0 && stream.received !== stream.expected) {
      return core.fail(stream, errorCode.protocolError, 'body shorter than content-length')
    }
    stream.remoteEnded = true
    core.events.onEnd(stream)
    endBoth(core, stream)
  }

  /** The stream that may take DATA now; `undefined` when it has been dealt with otherwise. */
  #judge(id: number, length: number): H2Stream<Owner> | undefined {
    const core = this.#core
    const stream = core.streams.get(id)
    if (stream === undefined) {
      if (core.past.ending(id) !== 'reset_by_us') core.sendReset(id, errorCode.streamClosed)
      else if (length < crumbBytes) core.countLate('DATA')
      return undefined
    }
    if (stream.remoteEnded) core.fail(stream, errorCode.streamClosed, 'DATA behind the end')
    else if (!stream.headSeen) core.fail(stream, errorCode.protocolError, 'DATA before the head')
    else if (length > stream.receiveWindow)
      core.fail(stream, errorCode.flowControlError, 'more DATA than the window of the stream')
    return stream.closed ? undefined : stream
  }

  #readPadding(padding: number): boolean {
    this.#padded = false
    if (padding >= this.#length) {
      this.#core.fatal(errorCode.protocolError, 'padding longer than its DATA frame')
      return false
    }
    this.#data = this.#length - 1 - padding
    const stream = this.#stream
    if (stream !== undefined && !stream.closed) this.#giveBack(stream, 1)
    if (this.#data === 0 && !this.#ends) return this.#core.countControl('padding alone')
    return true
  }

  #tell(stream: H2Stream<Owner>, buffer: Buffer, start: number, end: number): void {
    stream.received += end - start
    stream.owed += end - start
    if (stream.expected >= 0 && stream.received > stream.expected) {
      return this.#core.fail(stream, errorCode.protocolError, 'body longer than content-length')
    }
    this.#core.events.onData(stream, buffer, start, end)
  }

  #giveBack(stream: H2Stream<Owner>, bytes: number): void {
    stream.owed += bytes
    credit(this.#core, stream, bytes)
  }
}

/** Bytes that came on a stream were used up: its peer may send as many again. */
export function credit<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>, bytes: number): void {
  const used = Math.min(bytes, stream.owed)
  stream.owed -= used
  if (used > 0) core.giveBack(used)
  if (stream.closed || stream.remoteEnded || core.dead) return
  stream.credited += used
  if (stream.credited * 2 < core.settings.streamWindow) return
  core.control(frameType.windowUpdate, 0, stream.id, 4)
  core.output.u32(stream.credited)
  stream.receiveWindow += stream.credited
  stream.credited = 0
}
