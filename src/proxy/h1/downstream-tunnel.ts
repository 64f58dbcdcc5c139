import type { Ms } from '../../std/units.ts'
import type { ConnectionOwner, SocketConnection, Wire } from '../connection.ts'
import { containDefect } from '../defect.ts'
import type { RequestSource, ResponseSink } from '../downstream.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import { resetSocket } from '../reset-socket.ts'
import { clientGone, giveUp } from '../retry.ts'
import { uploadData, uploadEnd } from '../upload.ts'
import { ConnectionTimer } from './connection-timer.ts'
import { Output } from './output.ts'
import { keepPace } from './tunnel-pace.ts'

/** How long a client may take the last bytes of a tunnel, once both sides have ended. */
const lingerMs: Ms = 30_000

/**
 * A client's connection behind a 101: bytes both ways, each way until its end. It holds little, because most tunnels are silent
 * most of the time; the times of the tunnel are those of its exchange.
 */
export class DownstreamTunnel implements SocketConnection, RequestSource, ResponseSink {
  readonly peerAddress: string
  readonly idle = false
  readonly wire: Wire
  readonly #owner: ConnectionOwner
  readonly #output: Output
  #exchange: Exchange | undefined
  /** Once the exchange is over. */
  #timer: ConnectionTimer | undefined = undefined

  constructor(owner: ConnectionOwner, wire: Wire, exchange: Exchange) {
    this.peerAddress = wire.client.peerAddress
    this.wire = wire
    this.#owner = owner
    this.#output = new Output(wire.socket)
    this.#exchange = exchange
  }

  /**
   * Goes on in the place of the connection that carried the request.
   *
   * @param early what came behind the request.
   * @param hasEnded the client has sent its last byte.
   */
  start(before: SocketConnection, early: Buffer | undefined, hasEnded: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#owner.replace(before, this, this.wire)
    exchange.source = this
    exchange.sink = this
    if (early !== undefined) {
      this.wire.socket.resume()
      this.take(early)
    }
    if (hasEnded) this.onEnd()
  }

  /** Its end is planned with those of all tunnels (`planLeaving`). */
  close(): void {}

  destroy(): void {
    if (this.#exchange === undefined) this.wire.socket.destroy()
    else giveUp(this.#exchange, 'draining', '')
  }

  read(length: number): void {
    const { buffer } = this.wire
    this.#take(buffer.current, length, buffer.borrowed)
  }

  take(bytes: Buffer): void {
    this.#take(bytes, bytes.length, false)
  }

  onDrain(): void {
    this.#exchange?.onDownstreamDrained()
  }

  onEnd(): void {
    if (this.#exchange !== undefined) uploadEnd(this.#exchange, '')
  }

  onClose(): void {
    this.#timer?.dispose()
    if (this.#exchange !== undefined) clientGone(this.#exchange)
    this.#owner.onClosed(this)
  }

  pauseBody(): void {
    this.wire.socket.pause()
  }

  resumeBody(): void {
    if (!this.wire.socket.destroyed) this.wire.socket.resume()
  }

  openTunnel(): void {}

  /** Both sides have ended, or it was broken off: the socket closes by itself once everything has left. */
  finished(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    this.#owner.exchanges.give(exchange)
    const { socket } = this.wire
    if (socket.destroyed) return
    this.#timer = new ConnectionTimer(this.#owner.traffic.wheel, () => socket.destroy())
    this.#timer.set(lingerMs)
  }

  sendInformational(): void {}

  sendHead(): void {}

  sendData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    this.#output.bytes(buffer, start, end, borrowed)
  }

  sendEnd(): void {
    this.#output.flush()
    this.wire.socket.end()
  }

  flush(): Flushed {
    return this.wire.socket.destroyed ? 'sent' : this.#output.flush()
  }

  abort(): void {
    resetSocket(this.wire.socket)
  }

  #take(buffer: Buffer, length: number, borrowed: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.reading = true
    try {
      uploadData(exchange, buffer, 0, length, borrowed)
    } catch (error) {
      containDefect(exchange, error)
    }
    exchange.reading = false
    keepPace(this.wire.socket, this.wire.buffer, length, exchange.connection?.flush() ?? 'sent')
  }
}
