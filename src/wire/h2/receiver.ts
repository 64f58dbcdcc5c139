import { onGoaway, onPing, onPriority, onResetStream, onSettings, onWindowUpdate } from './control-frames.ts'
import type { SessionCore } from './core.ts'
import { DataFrames } from './data-frames.ts'
import { type FrameSink, type PayloadUse, skip, whole } from './frame-reader.ts'
import { HeaderBlocks } from './header-blocks.ts'
import { settingBytes } from './peer-settings.ts'
import { errorCode, flag, frameType, mostPayload } from './protocol.ts'

/** Judges every frame that comes, and brings it to whoever knows its kind. RFC 9113 §4.1, §6. */
export class Receiver<Owner> implements FrameSink {
  readonly blocks: HeaderBlocks<Owner>
  readonly #core: SessionCore<Owner>
  readonly #data: DataFrames<Owner>
  readonly #onPong: (which: number) => void
  #type = 0
  #flags = 0
  #id = 0
  #started = false

  /** @param onPong told which of our pings was answered. */
  constructor(core: SessionCore<Owner>, onPong: (which: number) => void) {
    this.#core = core
    this.#onPong = onPong
    this.blocks = new HeaderBlocks(core)
    this.#data = new DataFrames(core)
  }

  get dead(): boolean {
    return this.#core.dead
  }

  /** The peer's SETTINGS have come. */
  get started(): boolean {
    return this.#started
  }

  onFrame(type: number, flags: number, id: number, length: number): PayloadUse {
    this.#type = type
    this.#flags = flags
    this.#id = id
    if (length > mostPayload) return this.#fatal(errorCode.frameSizeError, `frame of ${length} bytes`)
    const { openId } = this.blocks
    if (openId !== 0 && (type !== frameType.continuation || id !== openId)) {
      return this.#fatal(errorCode.protocolError, 'frame inside a header block')
    }
    if (!this.#started && (type !== frameType.settings || (flags & flag.ack) !== 0)) {
      return this.#fatal(errorCode.protocolError, 'SETTINGS do not come first')
    }
    return this.#judge(type, flags, id, length)
  }

  #judge(type: number, flags: number, id: number, length: number): PayloadUse {
    switch (type) {
      case frameType.data:
        return this.#data.begin(id, flags, length)
      case frameType.headers:
        return id === 0 ? this.#fatal(errorCode.protocolError, 'HEADERS on stream 0') : whole
      case frameType.continuation:
        if (this.blocks.openId === 0) return this.#fatal(errorCode.protocolError, 'CONTINUATION of nothing')
        return whole
      case frameType.settings:
        return this.#judgeSettings(flags, id, length)
      case frameType.ping:
        return this.#judgeFixed(id === 0, length === 8, 'PING')
      case frameType.goaway:
        return this.#judgeFixed(id === 0, length >= 8, 'GOAWAY')
      case frameType.resetStream:
        return this.#judgeFixed(id !== 0, length === 4, 'RST_STREAM')
      case frameType.windowUpdate:
        return this.#judgeFixed(true, length === 4, 'WINDOW_UPDATE')
      case frameType.priority:
        return this.#judgePriority(id, length)
      case frameType.pushPromise:
        return this.#fatal(errorCode.protocolError, 'PUSH_PROMISE')
      default:
        return this.#judgeUnknown(type, id)
    }
  }

  onWhole(buffer: Buffer, start: number, end: number): void {
    const core = this.#core
    switch (this.#type) {
      case frameType.headers:
        return this.blocks.onHeaders(this.#id, this.#flags, buffer, start, end)
      case frameType.continuation:
        return this.blocks.onContinuation(this.#flags, buffer, start, end)
      case frameType.settings:
        this.#started = true
        return onSettings(core, this.#flags, buffer, start, end)
      case frameType.ping:
        return this.#onPong(onPing(core, this.#flags, buffer, start))
      case frameType.goaway:
        return onGoaway(core, buffer, start)
      case frameType.resetStream:
        return onResetStream(core, this.#id, buffer, start)
      case frameType.windowUpdate:
        return onWindowUpdate(core, this.#id, buffer, start)
      case frameType.priority:
        return onPriority(core, this.#id, buffer, start)
    }
  }

  onPiece(buffer: Buffer, start: number, end: number): void {
    this.#data.onPiece(buffer, start, end)
  }

  onPiecesEnd(): void {
    this.#data.onEnd()
  }

  #judgeFixed(isPlace: boolean, isSize: boolean, what: string): PayloadUse {
    if (!isPlace) return this.#fatal(errorCode.protocolError, `${what} on the wrong stream`)
    return isSize ? whole : this.#fatal(errorCode.frameSizeError, `${what} of the wrong size`)
  }

  #judgeSettings(flags: number, id: number, length: number): PayloadUse {
    const isSize = (flags & flag.ack) !== 0 ? length === 0 : length % settingBytes === 0
    return this.#judgeFixed(id === 0, isSize, 'SETTINGS')
  }

  /** A wrong size is the stream's error alone (RFC 9113 §6.3), where there is a stream. */
  #judgePriority(id: number, length: number): PayloadUse {
    const stream = this.#core.streams.get(id)
    if (length === 5 || stream === undefined) return this.#judgeFixed(id !== 0, length === 5, 'PRIORITY')
    this.#core.fail(stream, errorCode.frameSizeError, 'PRIORITY of the wrong size')
    return skip
  }

  /** Extensions are ignored (RFC 9113 §5.5), but not without end. */
  #judgeUnknown(type: number, id: number): PayloadUse {
    if (type === frameType.priorityUpdate && id !== 0) {
      return this.#fatal(errorCode.protocolError, 'PRIORITY_UPDATE on a stream')
    }
    this.#core.countControl(`type ${type}`)
    return skip
  }

  #fatal(code: number, detail: string): PayloadUse {
    this.#core.fatal(code, detail)
    return skip
  }
}
