import type { Socket } from 'node:net'
import type { ListenerLimits } from '../../model/listener.ts'
import type { Reason } from '../../model/reasons.ts'
import type { Ms } from '../../std/units.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import { errorCode } from '../../wire/h2/protocol.ts'
import type { H2Session } from '../../wire/h2/session.ts'
import type { ConnectionOwner, SocketConnection, Wire } from '../connection.ts'
import { Allowance } from '../h1/allowance.ts'
import { ConnectionTimer } from '../h1/connection-timer.ts'
import { resetSocket } from '../reset-socket.ts'
import type { Traffic } from '../traffic.ts'
import type { ClientStream } from './client-stream.ts'
import { ClientStreams, type StreamsCarrier } from './client-streams.ts'
import { ConnectionWatch, type Overdue } from './connection-watch.ts'
import { SessionWriter, type WriterEvents } from './session-writer.ts'

/** How long a connection that we ended is read on, so that what we said last is not lost to a reset. */
const lingerMs: Ms = 2000

const unread: Refusal = { reason: 'write_stalled', detail: 'the client does not read' }

/** A client's HTTP/2 connection: its socket, its times and its end. */
export class DownstreamH2 implements SocketConnection, StreamsCarrier, WriterEvents {
  readonly peerAddress: string
  readonly #owner: ConnectionOwner
  readonly #traffic: Traffic
  readonly #wire: Wire
  readonly #socket: Socket
  readonly #streams: ClientStreams
  readonly #session: H2Session<ClientStream>
  readonly #writer: SessionWriter<ClientStream>
  readonly #allowance: Allowance
  readonly #timer: ConnectionTimer
  readonly #watch: ConnectionWatch<ClientStream>
  #state: 'open' | 'lingering' | 'closed' = 'open'
  /** Why we end it, where the code of the GOAWAY does not say enough. */
  #endReason: Reason | undefined = undefined

  constructor(owner: ConnectionOwner, wire: Wire) {
    const { traffic, slot } = owner
    const { now } = traffic.wheel
    this.peerAddress = wire.client.peerAddress
    this.#owner = owner
    this.#traffic = traffic
    this.#wire = wire
    this.#socket = wire.socket
    this.#streams = new ClientStreams(owner, wire, this)
    this.#session = this.#streams.session
    this.#writer = new SessionWriter(this.#session, wire.socket, this)
    this.#allowance = new Allowance(traffic, slot.runtime.spec.limits)
    this.#timer = new ConnectionTimer(traffic.wheel, (at) => this.#onDeadline(at))
    this.#watch = new ConnectionWatch(this.#session, wire.socket, now)
    this.#session.start(now)
    this.leaveSoon()
  }

  get idle(): boolean {
    return this.#session.streams.size === 0 && !this.#session.waiting
  }

  get refers(): boolean {
    return this.#writer.refers
  }

  get awaitsSettled(): boolean {
    return this.#streams.someFull
  }

  read(length: number): void {
    this.#receive(this.#wire.buffer.current, length)
  }

  take(bytes: Buffer): void {
    this.#receive(bytes, bytes.length)
  }

  /** The first GOAWAY lets requests in that are on their way; the second follows by a second call or by itself. RFC 9113 §6.8. */
  close(): void {
    if (this.#session.draining === 'no') this.#startDrain()
    else if (this.idle && this.#session.draining === 'said') this.#session.drain()
    this.leaveSoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  leaveSoon(): void {
    this.#writer.leaveSoon()
  }

  onDrain(): void {
    this.#writer.onDrain()
  }

  /** The client has sent its FIN. Nobody ends one direction alone in HTTP/2: it could open no window any more. */
  onEnd(): void {
    if (this.#state !== 'open') return
    this.#streams.each((client) => client.gone())
    this.#linger()
  }

  onClose(): void {
    this.#state = 'closed'
    this.#timer.dispose()
    this.#streams.each((client) => client.gone())
    this.#owner.onClosed(this)
  }

  onRequest(): void {
    if (this.#allowance.isLast(this.#limits)) this.#startDrain()
  }

  onOver(): void {
    if (this.#traffic.draining) this.#startDrain()
  }

  onFatal(code: number, detail: string): void {
    const reason = this.#endReason ?? (code === errorCode.enhanceYourCalm ? 'http2_flood' : 'bad_http2')
    this.#traffic.counters.protocolFault(reason)
    this.#streams.endAll({ reason, detail })
    this.leaveSoon()
  }

  onLeft(): void {
    if (this.#state !== 'open') return
    if (this.#session.hasOutput) return this.#look()
    const { dead, draining, streams } = this.#session
    if (dead || (draining === 'final' && streams.size === 0)) this.#linger()
    else this.#look()
  }

  onSettled(): void {
    this.#streams.resume()
  }

  onWriteDefect(error: unknown): void {
    this.#traffic.onDefect(error, '')
    this.destroy()
  }

  #receive(buffer: Buffer, end: number): void {
    if (this.#state !== 'open') return
    try {
      this.#session.receive(buffer, 0, end, this.#traffic.wheel.now)
      this.#streams.endRead()
    } catch (error) {
      this.onWriteDefect(error)
      return
    }
    if (this.#session.hasOutput || this.#session.draining === 'final') this.leaveSoon()
    // Streams that were reset leave room, and nothing will be written that would tell it.
    else this.#streams.resume()
    this.#look()
  }

  /** Sets the time at which something can be wrong. */
  #look(): void {
    this.#timer.setAt(this.#watch.look(this.#traffic.wheel.now, this.#limits))
  }

  #startDrain(): void {
    if (this.#session.draining === 'no') this.#session.drain()
  }

  /** Sends our FIN and waits a moment for the client's, throwing away what still comes. */
  #linger(): void {
    if (this.#state !== 'open') return
    this.#state = 'lingering'
    this.#socket.end()
    this.#timer.set(lingerMs)
  }

  #onDeadline(now: Ms): void {
    if (this.#state === 'lingering') return this.destroy()
    this.#watch.look(now, this.#limits)
    const overdue = this.#watch.overdue(now, this.#limits)
    if (overdue !== undefined) this.#tooLate(overdue)
    if (this.#state === 'open') this.#look()
  }

  #tooLate(what: Overdue): void {
    switch (what) {
      case 'head':
        return this.#end('request_head_timeout', errorCode.protocolError, 'the head is not complete')
      case 'settings':
        return this.#end('bad_http2', errorCode.settingsTimeout, 'SETTINGS were not acknowledged')
      case 'write':
        this.#streams.endAll(unread)
        return resetSocket(this.#socket)
      case 'idle':
        return this.close()
      case 'drain':
        this.#session.drain()
        return this.leaveSoon()
    }
  }

  #end(reason: Reason, code: number, detail: string): void {
    this.#endReason = reason
    this.#session.fail(code, detail)
    this.leaveSoon()
  }

  get #limits(): ListenerLimits {
    return this.#owner.slot.runtime.spec.limits
  }
}
