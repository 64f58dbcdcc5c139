import type { Bytes, Ms } from '../../std/units.ts'
import { drainPing, plainPing, sendPing } from './control-frames.ts'
import { SessionCore } from './core.ts'
import { credit } from './data-frames.ts'
import { FrameReader } from './frame-reader.ts'
import type { RequestPseudo } from './hpack/encoder.ts'
import type { PeerSettings } from './peer-settings.ts'
import { errorCode, firstWindow, frameType, lastStreamId, preface, setting } from './protocol.ts'
import { Receiver } from './receiver.ts'
import { dismiss, newBlock, pump, sendBlock, sendData, sendEnd } from './send.ts'
import type { SessionEvents, SessionSettings } from './session-types.ts'
import type { H2Stream } from './stream.ts'

/**
 * One HTTP/2 connection, of either side, without its socket: bytes in, events and bytes out. RFC 9113.
 *
 * Time comes with what is received. Nothing leaves by itself: whoever drives the session writes what `takeOutput` gives,
 * in one write a turn, and watches the times that `unackedSince`, `waiting` and `stream.sent` tell of.
 */
export class H2Session<Owner> {
  readonly #core: SessionCore<Owner>
  readonly #receiver: Receiver<Owner>
  readonly #frames: FrameReader
  /** Bytes of the preface that a server still waits for. */
  #prefaceLeft: Bytes
  #nextId = 1

  constructor(role: 'server' | 'client', settings: SessionSettings, events: SessionEvents<Owner>) {
    this.#core = new SessionCore(role, settings, events)
    this.#receiver = new Receiver(this.#core, (which) => this.#onPong(which))
    this.#frames = new FrameReader(this.#receiver)
    this.#prefaceLeft = role === 'server' ? preface.length : 0
  }

  /** Says what comes first: preface, settings, the window of the connection. */
  start(now: Ms): void {
    const core = this.#core
    const { settings, output } = core
    core.now = now
    core.unackedSince = now
    const isServer = core.role === 'server'
    if (!isServer) output.latin1(preface)
    const said: (readonly [id: number, value: number])[] = [
      isServer ? [setting.maxConcurrentStreams, settings.streams] : [setting.enablePush, 0],
      [setting.initialWindowSize, settings.streamWindow],
      [setting.headerTableSize, settings.headerTable],
    ]
    if (settings.header.bytes > 0) said.push([setting.maxHeaderListSize, settings.header.bytes])
    if (isServer && settings.extendedConnect === 'on') said.push([setting.enableConnectProtocol, 1])
    output.frame(frameType.settings, 0, 0, said.length * 6)
    for (const [id, value] of said) {
      output.u16(id)
      output.u32(value)
    }
    if (settings.connectionWindow <= firstWindow) return
    output.frame(frameType.windowUpdate, 0, 0, 4)
    output.u32(settings.connectionWindow - firstWindow)
  }

  /** Takes the bytes of one read; all are used up or copied when it returns, and all they bring has been told. */
  receive(buffer: Buffer, start: number, end: number, now: Ms): void {
    this.#core.now = now
    const from = this.#prefaceLeft > 0 ? this.#readPreface(buffer, start, end) : start
    this.#frames.push(buffer, from, end)
  }

  /** Nothing is taken or sent any more: a connection error. */
  get dead(): boolean {
    return this.#core.dead
  }

  /** Something that must not take long is still to come: the first SETTINGS, or the rest of a frame or header block. */
  get waiting(): boolean {
    return this.#frames.waiting || this.#receiver.blocks.openId !== 0 || !this.started
  }

  /** Tells one wait from the next: while it is the same, nothing has come to its end. */
  get waitsFor(): number {
    if (!this.started) return -1
    const { openId } = this.#receiver.blocks
    return openId === 0 ? -2 - this.#frames.count : openId
  }

  /** The peer's first SETTINGS have come. */
  get started(): boolean {
    return this.#receiver.started
  }

  /** Since when our SETTINGS wait for their ack; `Infinity` when none do. */
  get unackedSince(): Ms {
    return this.#core.unackedSince
  }

  get peer(): Readonly<PeerSettings> {
    return this.#core.peer
  }

  /** Live streams, in the order they were opened. */
  get streams(): ReadonlyMap<number, H2Stream<Owner>> {
    return this.#core.streams
  }

  /** Bytes of DATA that wait on all streams together. */
  get queued(): Bytes {
    return this.#core.queued
  }

  /** Streams that a client may still open; 0 when the peer is leaving or the ids are used up. */
  get room(): number {
    const { peer, streams, dead, peerLeaves } = this.#core
    if (dead || peerLeaves || this.#nextId > lastStreamId) return 0
    return Math.max(0, peer.streams - streams.size)
  }

  /** Opens a stream with a request. @param fields field lines without framing; call it only while there is `room`. */
  sendRequest(request: RequestPseudo, fields: string): H2Stream<Owner> {
    const stream = this.#core.begin(this.#nextId)
    this.#nextId += 2
    this.#core.encoder.request(request, fields, newBlock())
    sendBlock(this.#core, stream.id, 0)
    return stream
  }

  /** Sends the head of a response, or a 1xx. */
  sendResponse(stream: H2Stream<Owner>, status: number, fields: string): void {
    if (stream.closed || stream.localEnded || this.#core.dead) return
    this.#core.encoder.response(status, fields, newBlock())
    sendBlock(this.#core, stream.id, 0)
  }

  /** @param borrowed the bytes are overwritten after this call; others must stay while the session `refers` and until its write is through. */
  sendData(stream: H2Stream<Owner>, buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#core.dead) sendData(this.#core, stream, buffer, start, end, borrowed)
  }

  /** Ends what we send on a stream. @param trailers field lines, `""` for none. */
  sendEnd(stream: H2Stream<Owner>, trailers: string): void {
    if (!this.#core.dead) sendEnd(this.#core, stream, trailers)
  }

  /** The rest of a request is not wanted: `NO_ERROR` goes out behind the end of the response. RFC 9113 §8.1. */
  dismiss(stream: H2Stream<Owner>): void {
    dismiss(this.#core, stream)
  }

  /** Says how many bytes the peer is to send on a stream: anything else is its error, told by `onReset`. */
  expect(stream: H2Stream<Owner>, bytes: Bytes): void {
    stream.expected = bytes
  }

  /** Bytes that `onData` told of were used up. */
  credit(stream: H2Stream<Owner>, bytes: Bytes): void {
    credit(this.#core, stream, bytes)
  }

  /** Asks for `onDrained` when nothing of the stream is queued any more. */
  awaitDrain(stream: H2Stream<Owner>): void {
    stream.awaitsDrain = true
  }

  /** Ends a stream at once, both ways; nothing is told of it any more. */
  reset(stream: H2Stream<Owner>, code: number): void {
    this.#core.breakOff(stream, code)
  }

  ping(): void {
    if (!this.#core.dead) sendPing(this.#core, plainPing)
  }

  /**
   * Begins to leave: the peer learns that it should open no more streams; those it opens before it knows are taken. When it
   * answers, or at the second call, the last stream that is taken is named. RFC 9113 §6.8.
   */
  drain(): void {
    const core = this.#core
    if (core.dead) return
    if (this.#drain === 'no' && core.role === 'server') {
      this.#drain = 'said'
      core.goaway(lastStreamId, errorCode.noError)
      sendPing(core, drainPing)
    } else if (this.#drain !== 'final') this.#finishDrain()
  }

  /** Whether the end is announced: `final` when no further stream is taken. */
  get draining(): 'no' | 'said' | 'final' {
    return this.#drain
  }

  /** Connection error from our side. */
  fail(code: number, detail: string): void {
    this.#core.fatal(code, detail)
  }

  /** Moves what may leave to the output. @returns the buffers of one write; nothing of them may change before `settled`. */
  takeOutput(): Buffer[] {
    if (!this.#core.dead) pump(this.#core)
    return this.#core.output.take()
  }

  /** Whether `takeOutput` would give something. */
  get hasOutput(): boolean {
    const { output, ready, sendWindow, dead } = this.#core
    return output.bytes > 0 || (!dead && !ready.empty && sendWindow > 0)
  }

  /** Says whether the socket takes anything at the moment. */
  set congested(is: boolean) {
    this.#core.congested = is
  }

  /** Some of what waits for the next write lies in buffers of the caller's. */
  get refers(): boolean {
    return this.#core.output.refers
  }

  /** Everything taken so far has left. */
  settled(): void {
    this.#core.output.settled()
  }

  #drain: 'no' | 'said' | 'final' = 'no'

  #onPong(which: number): void {
    if (this.#core.dead) return
    if (which === plainPing) this.#core.events.onPong()
    else if (which === drainPing && this.#drain === 'said') this.#finishDrain()
  }

  #finishDrain(): void {
    this.#drain = 'final'
    this.#core.goaway(this.#core.role === 'server' ? this.#core.lastStream : 0, errorCode.noError)
  }

  #readPreface(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#prefaceLeft > 0 && !this.#core.dead) {
      if (buffer[at] !== preface.charCodeAt(preface.length - this.#prefaceLeft)) {
        this.#core.fatal(errorCode.protocolError, 'not the preface of HTTP/2')
        return end
      }
      this.#prefaceLeft--
      at++
    }
    return at
  }
}
