import type { Bytes, Ms } from '../../std/units.ts'
import { Budget } from './budget.ts'
import { ClosedStreams } from './closed-streams.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import { HpackEncoder } from './hpack/encoder.ts'
import { HeaderList } from './hpack/header-list.ts'
import { Output } from './output.ts'
import { PeerSettings } from './peer-settings.ts'
import { errorCode, firstWindow, frameType, lastStreamId } from './protocol.ts'
import { ReadyRound } from './ready-round.ts'
import type { SessionEvents, SessionSettings } from './session-types.ts'
import { H2Stream } from './stream.ts'

/** Resets at once, and a second: the peer's, and those it made us send. Hardening table 1.7. */
const resetBurst = 100
const resetsPerSecond = 20

/** Control frames at once, and a second. */
const controlBurst = 1000
const controlsPerSecond = 100

/** Control frames of ours that may wait because the peer does not read. */
const mostControls = 950

/**
 * The state of one session: what the functions of this folder work on.
 *
 * Streams that a server holds were opened by its peer, those of a client by itself; nothing is ever pushed.
 */
export class SessionCore<Owner> {
  readonly role: 'server' | 'client'
  readonly settings: SessionSettings
  readonly events: SessionEvents<Owner>
  readonly peer = new PeerSettings()
  readonly output = new Output()
  readonly decoder: HpackDecoder
  readonly encoder: HpackEncoder
  readonly list = new HeaderList()
  readonly streams = new Map<number, H2Stream<Owner>>()
  readonly ready = new ReadyRound<Owner>()
  readonly past = new ClosedStreams()
  /** When the read under way came. */
  now: Ms = 0
  /** Nothing is taken or told any more. */
  dead = false
  /** The highest id that was opened. */
  lastStream = 0
  /** Streams above it are not taken any more: what we said in our last GOAWAY. */
  takesUpTo = lastStreamId
  /** Streams above it are not taken by the peer: what it said. */
  peerTakesUpTo = lastStreamId
  /** The peer has said GOAWAY. */
  peerLeaves = false
  /** Since when our SETTINGS wait for their ack; `Infinity` when none do. */
  unackedSince = Number.POSITIVE_INFINITY
  acked = false
  sendWindow = firstWindow
  receiveWindow: number
  /** Given back by the adapter, and not yet by us. */
  credited: Bytes = 0
  /** Of all streams together. */
  queued: Bytes = 0
  /** The socket takes nothing at the moment: what is sent is queued, in copies of its own size. */
  congested = false
  /** WINDOW_UPDATE and PING frames that DATA of ours may still bring. */
  controlsOwed = 0
  readonly #resets = new Budget(resetBurst, resetsPerSecond)
  readonly #controls = new Budget(controlBurst, controlsPerSecond)

  constructor(role: 'server' | 'client', settings: SessionSettings, events: SessionEvents<Owner>) {
    this.role = role
    this.settings = settings
    this.events = events
    this.decoder = new HpackDecoder(settings.headerTable)
    this.encoder = new HpackEncoder(ownTable)
    this.receiveWindow = settings.connectionWindow
  }

  /** Begins a stream with the windows that hold now. */
  begin(id: number): H2Stream<Owner> {
    const { streamWindow } = this.settings
    const receives = this.acked ? streamWindow : Math.max(streamWindow, firstWindow)
    const stream = new H2Stream<Owner>(id, this.peer.streamWindow, receives)
    this.lastStream = id
    this.streams.set(id, stream)
    return stream
  }

  /** Whether a stream was neither opened nor passed over; servers open none, so that even ids stay idle. RFC 9113 §5.1. */
  isIdle(id: number): boolean {
    return id > this.lastStream || id % 2 === 0
  }

  /** Lets go of a stream that is over, and takes back what its peer may send instead. */
  forget(stream: H2Stream<Owner>): void {
    if (stream.closed) return
    stream.closed = true
    this.streams.delete(stream.id)
    this.ready.remove(stream)
    this.queued -= stream.queued
    stream.queue.clear()
    this.giveBack(stream.owed)
    stream.owed = 0
  }

  /** Ends a stream for a fault of its peer, and tells the adapter. RFC 9113 §5.4.2. */
  fail(stream: H2Stream<Owner>, code: number, detail: string): void {
    this.breakOff(stream, code)
    if (!this.dead) this.events.onReset(stream, code, detail)
  }

  /** Ends a stream from our side. */
  breakOff(stream: H2Stream<Owner>, code: number): void {
    if (stream.closed) return
    stream.resetBy = 'us'
    this.forget(stream)
    this.sendReset(stream.id, code)
  }

  /** Resets a stream that need not be live; when it was a fault that made us do it, it counts. */
  sendReset(id: number, code: number): void {
    if (this.dead) return
    this.past.reset(id, 'us')
    this.control(frameType.resetStream, 0, id, 4)
    this.output.u32(code)
    const ours = code === errorCode.noError || code === errorCode.cancel || code === errorCode.internalError
    if (!ours) this.countReset()
  }

  /** A reset that the peer sent, or made us send. */
  countReset(): void {
    if (this.#resets.spend(this.now)) this.fatal(errorCode.enhanceYourCalm, 'too many stream resets')
  }

  /** A frame that carries no request forward. @returns whether the session goes on. */
  countControl(what: string): boolean {
    if (this.#controls.spend(this.now))
      this.fatal(errorCode.enhanceYourCalm, `too many control frames: ${what}`)
    return this.#areControlsRead()
  }

  /** The same for one that a peer sends as it takes DATA: windows, and pings that measure the way. */
  countAnswer(what: string): boolean {
    if (this.controlsOwed === 0) return this.countControl(what)
    this.controlsOwed--
    return this.#areControlsRead()
  }

  /** Begins a control frame; `countControl` sees to it that not too many wait. */
  control(type: number, flags: number, id: number, length: number): void {
    this.output.frame(type, flags, id, length)
    this.output.controls++
  }

  /** Bytes of DATA that were used up, or thrown away, are given back to the connection in large parts. */
  giveBack(bytes: Bytes): void {
    this.credited += bytes
    if (this.credited * 2 < this.settings.connectionWindow || this.dead) return
    this.control(frameType.windowUpdate, 0, 0, 4)
    this.output.u32(this.credited)
    this.receiveWindow += this.credited
    this.credited = 0
  }

  /** Connection error: RFC 9113 §5.4.1. */
  fatal(code: number, detail: string): void {
    if (this.dead) return
    this.goaway(this.role === 'server' ? Math.min(this.lastStream, this.takesUpTo) : 0, code)
    this.dead = true
    this.events.onFatal(code, detail)
  }

  /** A frame on a stream that we reset; endpoints may answer as many requests as we gave up. */
  countLate(what: string): void {
    if (this.role === 'server') this.countControl(`${what} on a stream that was reset`)
  }

  #areControlsRead(): boolean {
    if (this.output.controls > mostControls)
      this.fatal(errorCode.enhanceYourCalm, 'control frames of ours are not read')
    return !this.dead
  }

  goaway(lastId: number, code: number): void {
    this.takesUpTo = Math.min(this.takesUpTo, lastId)
    this.output.frame(frameType.goaway, 0, 0, 8)
    this.output.u32(lastId)
    this.output.u32(code)
  }
}

/** Our encoder's table is never larger, whatever the peer offers. */
const ownTable: Bytes = 4096
