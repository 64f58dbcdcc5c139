import { type Reason, reasons } from '../../model/reasons.ts'
import type { Timed } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import type { ConnectionOwner, SocketConnection, Wire } from '../connection.ts'
import type { DialFailure } from '../dial.ts'
import { unsentBytes } from '../h1/unsent.ts'
import type { ProxiedClient } from '../proxy-header.ts'
import { resetSocket } from '../reset-socket.ts'
import { Pipe, type PipeEnd } from './pipe.ts'
import { tunnelOutcome } from './tunnel-outcome.ts'
import type { TunnelSettings } from './tunnel-settings.ts'
import { type SearchOwner, UpstreamSearch } from './upstream-search.ts'

/** What a tunnel has around it: its listener. */
export interface TunnelOwner extends Pick<ConnectionOwner, 'traffic' | 'slot' | 'onClosed'> {
  /** Row of the listener in the metric tables. */
  readonly series: number
}

/**
 * A client's connection whose bytes are handed on as they are, to an endpoint of a cluster.
 *
 * Before an endpoint is connected one read of the client is kept, and its leaving is noticed. The end of one side's bytes is the end of what the
 * other gets; a reset resets the other side. It is never idle, so a drain leaves it until its deadline.
 */
export class Tunnel implements SocketConnection, SearchOwner, Timed {
  readonly peerAddress: string
  readonly requestId: string
  readonly idle = false
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  // What a balancer may see of it.
  readonly listener: string
  readonly method = ''
  readonly host: string
  readonly path = ''
  readonly query = ''
  readonly clientAddress: string
  readonly #owner: TunnelOwner
  readonly #wire: Wire
  readonly #settings: TunnelSettings
  readonly #search: UpstreamSearch
  readonly #startedWall: number
  readonly #started: Ms
  #upstream: PipeEnd | undefined = undefined
  #up: Pipe | undefined = undefined
  #down: Pipe | undefined = undefined
  /** What came before there was an endpoint: the hello of a TLS connection, and one read. */
  #first: Buffer | undefined = undefined
  /** The client has sent its last byte. */
  #ended = false
  #downstreamClosed = false
  #over = false
  #reason: Reason | undefined = undefined
  #detail = ''
  /** What waited to leave when the idle limit was last looked at. */
  #unsent = 0

  constructor(owner: TunnelOwner, wire: Wire, settings: TunnelSettings) {
    const { traffic, slot } = owner
    this.peerAddress = wire.client.peerAddress
    this.clientAddress = wire.client.peerAddress
    this.listener = slot.runtime.spec.id
    this.host = settings.serverName
    this.#owner = owner
    this.#wire = wire
    this.#settings = settings
    this.#search = new UpstreamSearch(traffic, this)
    this.requestId = traffic.ids.next()
    this.#startedWall = traffic.clock.wall()
    this.#started = traffic.clock.now()
  }

  /** For the PROXY header of a cluster that wants one. */
  get proxied(): ProxiedClient {
    const { client } = this.#wire
    return { ends: this.#wire.ends(), serverName: this.host, alpn: client.tls?.alpn ?? '' }
  }

  /** Looks for an endpoint; what was read already is taken next. */
  start(): void {
    this.#search.start(this.#settings.target)
  }

  field(): undefined {
    return undefined
  }

  read(length: number): void {
    if (this.#up === undefined) return this.#keep(Buffer.from(this.#wire.buffer.current.subarray(0, length)))
    this.#touch()
    this.#owner.traffic.counters.tunnelReceived(this.#owner.series, length)
    this.#up.read(length)
  }

  take(bytes: Buffer): void {
    if (this.#up === undefined) this.#keep(bytes)
    else this.#sendFirst(this.#up, bytes)
  }

  onDrain(): void {
    this.#touch()
    this.#down?.drained()
  }

  onEnd(): void {
    this.#ended = true
    this.#up?.end()
  }

  onClose(): void {
    this.#downstreamClosed = true
    const clean = this.#up !== undefined && isThrough(this.#wire)
    if (!clean) this.#giveUp('client_closed', '')
    else if (this.#upstream === undefined || this.#upstream.socket.destroyed) this.#finish()
  }

  /** It ends by itself, or at the deadline of a drain. */
  close(): void {}

  destroy(): void {
    this.#giveUp('draining', '')
  }

  onUpstreamConnected(): void {
    const upstream = this.#search.connected()
    if (upstream === undefined) return
    this.#upstream = upstream
    const up = new Pipe(this.#wire, upstream.socket)
    this.#up = up
    this.#down = new Pipe(upstream, this.#wire.socket)
    if (this.#first !== undefined) this.#sendFirst(up, this.#first)
    this.#first = undefined
    if (this.#ended) up.end()
    this.#wire.socket.resume()
    this.#touch()
    if (this.deadline !== Number.POSITIVE_INFINITY) this.#owner.traffic.wheel.arm(this, this.deadline)
  }

  onUpstreamRead(length: number): void {
    this.#touch()
    this.#owner.traffic.counters.tunnelSent(this.#owner.series, length)
    this.#down?.read(length)
  }

  onUpstreamDrain(): void {
    this.#touch()
    this.#up?.drained()
  }

  onUpstreamEnd(): void {
    this.#down?.end()
  }

  onUpstreamClosed(failure: DialFailure): void {
    if (this.#search.closed(failure)) return
    if (this.#upstream === undefined || !isThrough(this.#upstream)) {
      return this.#giveUp('upstream_reset', failure.detail)
    }
    if (this.#downstreamClosed) this.#finish()
  }

  onSearchFailed(reason: Reason, detail: string): void {
    this.#giveUp(reason, detail)
  }

  /** Nothing came for long: it is over, unless a slow reader took some of what waits. */
  onDeadline(): void {
    const unsent = this.#waiting()
    if (unsent > 0 && unsent !== this.#unsent) {
      this.#unsent = unsent
      return this.#owner.traffic.wheel.arm(this, this.#owner.traffic.wheel.now + this.#settings.idle)
    }
    this.#reason = 'tunnel_idle'
    this.#wire.socket.destroy()
    this.#upstream?.socket.destroy()
    this.#finish()
  }

  #keep(bytes: Buffer): void {
    if (this.#over) return
    this.#first = this.#first === undefined ? bytes : Buffer.concat([this.#first, bytes])
    this.#wire.socket.pause()
  }

  #sendFirst(up: Pipe, bytes: Buffer): void {
    this.#owner.traffic.counters.tunnelReceived(this.#owner.series, bytes.length)
    up.first(bytes)
  }

  /** Something passed: the idle limit counts from now. The wheel looks again where it stood before. */
  #touch(): void {
    const { idle } = this.#settings
    if (idle > 0) this.deadline = this.#owner.traffic.wheel.now + idle
  }

  #waiting(): number {
    const upstream = this.#upstream
    return unsentBytes(this.#wire.socket) + (upstream === undefined ? 0 : unsentBytes(upstream.socket))
  }

  /** One side has gone without an end, or there is nowhere to go: the other cannot take it for complete. */
  #giveUp(reason: Reason, detail: string): void {
    if (this.#over) return
    this.#reason = reason
    this.#detail = detail === '' ? reasons[reason].text : detail
    resetSocket(this.#wire.socket)
    if (this.#upstream !== undefined) resetSocket(this.#upstream.socket)
    this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    const { traffic, series } = this.#owner
    this.#first = undefined
    traffic.wheel.remove(this)
    this.#search.release()
    traffic.counters.tunnelEnded(series, this.#reason === undefined ? 'complete' : 'failed')
    const durationMs = traffic.clock.now() - this.#started
    traffic.observer.onEnd(
      tunnelOutcome(
        {
          startedWall: this.#startedWall,
          durationMs,
          requestId: this.requestId,
          listener: this.listener,
          scheme: this.#settings.scheme,
          serverName: this.host,
          peerAddress: this.peerAddress,
          reason: this.#reason,
          detail: this.#detail,
          receivedBytes: this.#up?.bytes ?? 0,
          sentBytes: this.#down?.bytes ?? 0,
        },
        this.#search,
      ),
    )
    this.#owner.onClosed(this)
  }
}

/** Whether both ends of a connection were said, and nothing of ours waits. */
function isThrough({ socket }: PipeEnd): boolean {
  return socket.readableEnded && socket.writableFinished
}
