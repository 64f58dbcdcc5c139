import type { Bytes, Ms } from '../../std/units.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { HeaderList } from '../../wire/h2/hpack/header-list.ts'
import { errorCode, errorName } from '../../wire/h2/protocol.ts'
import { H2Session } from '../../wire/h2/session.ts'
import type { SessionEvents } from '../../wire/h2/session-types.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'
import type { ConnectionOwner, Wire } from '../connection.ts'
import { containDefect } from '../defect.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import type { Traffic } from '../traffic.ts'
import { ClientStream, type StreamHost } from './client-stream.ts'
import { tellFault } from './connection-fault.ts'
import { RequestIntake } from './request-intake.ts'
import { sessionSettings } from './session-settings.ts'

/** From here on the upstream of a stream waits. */
const streamHigh: Bytes = 32 * 1024

/** So much waits on all streams together before every upstream waits, and until they go on. */
const connectionHigh: Bytes = 512 * 1024
const connectionLow: Bytes = 256 * 1024

/** The connection around the streams. */
export interface StreamsCarrier {
  leaveSoon(): void
  /** Bytes of others wait in a write. */
  readonly refers: boolean
  /** A request has come, or an exchange is over. */
  onRequest(): void
  onOver(): void
  /** The session is dead. */
  onFatal(code: number, detail: string): void
}

/** The streams of one client's connection: an exchange for each, and how much of them may wait. */
export class ClientStreams implements SessionEvents<ClientStream>, StreamHost {
  readonly traffic: Traffic
  readonly session: H2Session<ClientStream>
  readonly wire: Wire
  readonly #owner: ConnectionOwner
  readonly #carrier: StreamsCarrier
  readonly #intake: RequestIntake
  /** Those that have something for their upstream at the end of the read under way. */
  readonly #touched: ClientStream[] = []
  #someFull = false

  constructor(owner: ConnectionOwner, wire: Wire, carrier: StreamsCarrier) {
    this.traffic = owner.traffic
    this.wire = wire
    this.#owner = owner
    this.#carrier = carrier
    this.#intake = new RequestIntake(owner.slot, wire.client)
    this.session = new H2Session<ClientStream>('server', sessionSettings(owner.slot.runtime.spec), this)
  }

  get writeStall(): Ms {
    return this.#owner.slot.runtime.spec.limits.writeStall
  }

  /** Some upstream waits for bytes to leave. */
  get someFull(): boolean {
    return this.#someFull
  }

  leaveSoon(): void {
    this.#carrier.leaveSoon()
  }

  /** Everything of one read has been told: what is to go upstream leaves. */
  endRead(): void {
    const touched = this.#touched
    for (const client of touched) {
      client.touched = false
      const { exchange } = client
      if (exchange === undefined) continue
      exchange.reading = false
      if (exchange.connection?.flush() === 'full') client.pauseBody()
    }
    touched.length = 0
  }

  /** What was written has left: upstreams that waited for it go on. */
  resume(): void {
    if (!this.#someFull || this.session.queued > connectionLow) return
    this.#someFull = false
    for (const { owner } of this.session.streams.values()) {
      if (owner?.full !== true) continue
      if (owner.stream.queued > 0) this.#someFull = true
      else {
        owner.full = false
        owner.exchange?.onDownstreamDrained()
      }
    }
  }

  /** Does the same with every request under way. */
  each(act: (client: ClientStream) => void): void {
    for (const { owner } of this.session.streams.values()) {
      if (owner !== undefined) this.#guard(owner, () => act(owner))
    }
  }

  /** The connection ends by a fault: every request under way tells of it, or one that never was. */
  endAll(fault: Refusal): void {
    if (this.session.streams.size === 0) return tellFault(this.#owner, this.wire, this.#intake, fault)
    this.each((client) => client.fail(fault, 'reset'))
  }

  held(client: ClientStream): Flushed {
    const { queued } = client.stream
    const crowded = this.session.queued > connectionHigh
    if (queued > streamHigh || (crowded && queued > 0)) {
      client.full = true
      this.#someFull = true
      if (crowded) this.#holdAll()
      return 'full'
    }
    return this.#carrier.refers ? 'held' : 'sent'
  }

  touch(client: ClientStream): void {
    if (client.touched) return
    client.touched = true
    if (client.exchange !== undefined) client.exchange.reading = true
    this.#touched.push(client)
  }

  giveBack(exchange: Exchange): void {
    this.#owner.exchanges.give(exchange)
    this.#carrier.onOver()
  }

  onHead(stream: H2Stream<ClientStream>, list: HeaderList, how: 'ended' | 'open'): void {
    const exchange = this.#owner.exchanges.take()
    const client = new ClientStream(this, stream, exchange)
    stream.owner = client
    this.touch(client)
    try {
      const refusal = this.#intake.begin(exchange, client, list, how)
      this.#carrier.onRequest()
      if (refusal === undefined) client.start(exchange)
      else client.refuse(exchange, refusal, answerTo(list))
      if (this.session.queued > connectionHigh) this.#hold(client)
    } catch (error) {
      this.#defect(client, error)
    }
  }

  onTrailers({ owner }: H2Stream<ClientStream>, list: HeaderList): void {
    const exchange = owner?.exchange
    if (owner === undefined || exchange === undefined) return
    this.#guard(owner, () => {
      const trailers = this.#intake.trailers(exchange, list)
      if (typeof trailers === 'string') owner.end(trailers)
      else owner.fail(trailers, answerTo(list))
    })
  }

  onData(stream: H2Stream<ClientStream>, buffer: Buffer, start: number, end: number): void {
    const { owner } = stream
    if (owner === undefined) return this.session.credit(stream, end - start)
    try {
      owner.take(buffer, start, end)
    } catch (error) {
      this.#defect(owner, error)
    }
  }

  onEnd({ owner }: H2Stream<ClientStream>): void {
    if (owner === undefined) return
    try {
      owner.end('')
    } catch (error) {
      this.#defect(owner, error)
    }
  }

  onReset(stream: H2Stream<ClientStream>, code: number, detail: string): void {
    const { owner } = stream
    if (owner === undefined) return
    this.#guard(owner, () => {
      if (stream.resetBy === 'peer') owner.gone()
      else owner.fail(faultOf(stream, code, detail), 'reset')
    })
  }

  /** Of those that wait, `resume` hears when the write is through. */
  onDrained(): void {}

  /** A client that leaves still wants its answers. */
  onGoaway(): void {}

  onSettings(): void {}

  onPong(): void {}

  onFatal(code: number, detail: string): void {
    this.#carrier.onFatal(code, detail)
  }

  /** Too much waits: nothing more is read for this client, not even what has not begun to come. */
  #holdAll(): void {
    for (const { owner } of this.session.streams.values()) if (owner !== undefined) this.#hold(owner)
  }

  #hold(client: ClientStream): void {
    const { exchange } = client
    if (client.full || exchange === undefined) return
    client.full = true
    this.#someFull = true
    exchange.downstreamFull = true
    exchange.connection?.pause()
  }

  #guard(client: ClientStream, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#defect(client, error)
    }
  }

  /** A mistake of ours hit one stream; the others go on. */
  #defect(client: ClientStream, error: unknown): void {
    const { exchange } = client
    if (exchange === undefined) this.traffic.onDefect(error, '')
    else containDefect(exchange, error)
    if (client.exchange !== undefined) this.session.reset(client.stream, errorCode.internalError)
    this.leaveSoon()
  }
}

/** A malformed request is reset; what we merely do not take is answered. */
function answerTo(list: HeaderList): 'reset' | 'response' {
  return list.fault === 'malformed' ? 'reset' : 'response'
}

/** Why the session reset a stream. */
function faultOf(stream: H2Stream<ClientStream>, code: number, detail: string): Refusal {
  const isLength = stream.expected >= 0 && stream.received !== stream.expected
  const reason = isLength && code === errorCode.protocolError ? 'bad_framing' : 'bad_http2'
  return { reason, detail: `${errorName(code)}: ${detail}` }
}
