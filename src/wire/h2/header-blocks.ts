import type { Bytes } from '../../std/units.ts'
import type { SessionCore } from './core.ts'
import { errorCode, flag } from './protocol.ts'
import { oweControls } from './send.ts'
import type { H2Stream } from './stream.ts'

/** Of one header block; hardening D03. */
const mostBlockBytes: Bytes = 32 * 1024
const mostContinuations = 8

/** WINDOW_UPDATE frames that come with a request: some clients open each stream's window at once. */
const controlsForStream = 2

/** Streams refused before the peer can know our limit; beyond that they count as resets that it made us send. */
const refusedFreely = 1000

/** Puts header blocks together from their frames, and tells what they say. RFC 9113 §4.3, §6.2, §6.10. */
export class HeaderBlocks<Owner> {
  readonly #core: SessionCore<Owner>
  #id = 0
  #ends = false
  /** RFC 7540 §5.3.1: a stream error. RFC 9113 no longer asks for it, and nobody who means well does it. */
  #dependsOnItself = false
  #parts: Buffer | undefined = undefined
  #bytes = 0
  #continuations = 0
  #refused = 0

  constructor(core: SessionCore<Owner>) {
    this.#core = core
  }

  /** The stream whose block is incomplete: nothing but its CONTINUATION may come. 0 when there is none. */
  get openId(): number {
    return this.#id
  }

  /** Takes the payload of a HEADERS frame. */
  onHeaders(id: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const core = this.#core
    let from = start
    let to = end
    if ((flags & flag.padded) !== 0) {
      to -= buffer[from] ?? 0
      from++
    }
    this.#dependsOnItself = false
    if ((flags & flag.priority) !== 0) {
      if (to - from >= 4) this.#dependsOnItself = (buffer.readUInt32BE(from) & 0x7fff_ffff) === id
      from += 5
    }
    if (from > to) return core.fatal(errorCode.protocolError, 'padding longer than its HEADERS frame')
    this.#ends = (flags & flag.endStream) !== 0
    if (!this.#mayCarryHead(id)) return
    if ((flags & flag.endHeaders) !== 0) this.#block(id, buffer, from, to)
    else this.#open(id, buffer, from, to)
  }

  onContinuation(flags: number, buffer: Buffer, start: number, end: number): void {
    const core = this.#core
    this.#continuations++
    if (this.#continuations > mostContinuations || this.#bytes + end - start > mostBlockBytes) {
      return core.fatal(errorCode.enhanceYourCalm, 'header block too long')
    }
    this.#append(buffer, start, end)
    if ((flags & flag.endHeaders) === 0) return
    const id = this.#id
    const parts = this.#parts
    this.#id = 0
    this.#parts = undefined
    if (parts !== undefined) this.#block(id, parts, 0, this.#bytes)
  }

  #open(id: number, buffer: Buffer, start: number, end: number): void {
    this.#id = id
    this.#bytes = 0
    this.#continuations = 0
    this.#append(buffer, start, end)
  }

  #append(buffer: Buffer, start: number, end: number): void {
    const needed = this.#bytes + end - start
    const parts = this.#parts
    if (parts === undefined || needed > parts.length) {
      this.#parts = Buffer.allocUnsafeSlow(Math.min(mostBlockBytes, Math.max(needed * 2, 1024)))
      parts?.copy(this.#parts, 0, 0, this.#bytes)
    }
    if (this.#parts !== undefined) buffer.copy(this.#parts, this.#bytes, start, end)
    this.#bytes = needed
  }

  /** Judges the stream id of a HEADERS frame. RFC 9113 §5.1.1. */
  #mayCarryHead(id: number): boolean {
    const core = this.#core
    if (core.streams.has(id)) return true
    const isIdle = id > core.lastStream
    if (id % 2 === 0 || (isIdle && core.role === 'client')) {
      core.fatal(errorCode.protocolError, `HEADERS on stream ${id}`)
      return false
    }
    if (isIdle) return true
    const ending = core.past.ending(id)
    if (ending === 'reset_by_us' || ending === 'reset_by_peer') return true
    const code = ending === 'never' ? errorCode.protocolError : errorCode.streamClosed
    core.fatal(code, `HEADERS on closed stream ${id}`)
    return false
  }

  /** A block is complete. It is always decoded, or the tables would fall out of step. */
  #block(id: number, buffer: Buffer, start: number, end: number): void {
    const core = this.#core
    if (core.decoder.decode(buffer, start, end, core.settings.header, core.list) !== undefined) {
      return core.fatal(errorCode.compressionError, core.list.detail)
    }
    const stream = core.streams.get(id)
    if (stream === undefined) return this.#beginStream(id)
    if (this.#dependsOnItself) return core.fail(stream, errorCode.protocolError, 'stream depends on itself')
    if (stream.remoteEnded) return core.fail(stream, errorCode.streamClosed, 'HEADERS behind the end')
    if (stream.headSeen) this.#trailers(stream)
    else this.#head(stream)
  }

  #beginStream(id: number): void {
    const core = this.#core
    if (id <= core.lastStream) return this.#late(id)
    core.past.skipped(core.lastStream, id)
    if (id > core.takesUpTo) {
      core.lastStream = id
      core.past.reset(id, 'us')
      core.countControl('HEADERS behind our GOAWAY')
      return
    }
    if (this.#dependsOnItself) {
      core.lastStream = id
      return core.sendReset(id, errorCode.protocolError)
    }
    if (core.streams.size >= core.settings.streams) return this.#refuse(id)
    oweControls(core, controlsForStream)
    this.#head(core.begin(id))
  }

  /** A head on a stream that is no more; one that was on its way when we reset it is no fault. */
  #late(id: number): void {
    const core = this.#core
    if (core.past.ending(id) === 'reset_by_peer') core.sendReset(id, errorCode.streamClosed)
    else core.countLate('HEADERS')
  }

  #refuse(id: number): void {
    const core = this.#core
    core.lastStream = id
    const known = core.acked || ++this.#refused > refusedFreely
    core.sendReset(id, errorCode.refusedStream)
    if (known) core.countReset()
  }

  #head(stream: H2Stream<Owner>): void {
    const core = this.#core
    if (core.role === 'client' && isInformational(core.list.status) && core.list.fault === 'none') {
      if (this.#ends) return core.fail(stream, errorCode.protocolError, '1xx response that ends the stream')
      return core.events.onHead(stream, core.list, 'open')
    }
    stream.headSeen = true
    stream.remoteEnded = this.#ends
    core.events.onHead(stream, core.list, this.#ends ? 'ended' : 'open')
    endBoth(core, stream)
  }

  #trailers(stream: H2Stream<Owner>): void {
    const core = this.#core
    if (!this.#ends) return core.fail(stream, errorCode.protocolError, 'trailers without END_STREAM')
    if (core.list.pseudo !== 0) core.list.blame('malformed', 'pseudo field in trailers')
    if (stream.expected >= 0 && stream.received !== stream.expected) {
      return core.fail(stream, errorCode.protocolError, 'body shorter than content-length')
    }
    stream.remoteEnded = true
    core.events.onTrailers(stream, core.list)
    endBoth(core, stream)
  }
}

function isInformational(status: string): boolean {
  return status.length === 3 && status.startsWith('1')
}

/** Lets go of a stream that both sides have ended. */
export function endBoth<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  if (stream.remoteEnded && stream.localEnded) core.forget(stream)
}
