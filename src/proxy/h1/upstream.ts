import type { Socket } from 'node:net'
import type { Timed } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import type { PooledConnection } from '../../upstream/pool.ts'
import { needMore, refused } from '../../wire/h1/head-reader.ts'
import { chunkEnd, chunkStart, type Framing, lastChunk, requestHeadText } from '../../wire/h1/serialise.ts'
import type { AttemptConnection, AttemptEvents, FailureReason } from '../attempt.ts'
import { type Dialled, isTlsRefusal } from '../dial.ts'
import type { Flushed } from '../flushed.ts'
import { ReadBuffer } from '../read-buffers.ts'
import { resetSocket } from '../reset-socket.ts'
import type { UpstreamDeps } from '../upstream-deps.ts'
import { Output } from './output.ts'
import { ResponseIntake } from './response-intake.ts'
import { UpstreamTunnel } from './upstream-tunnel.ts'

/** In the place of the intake of a connection that reads no further response. */
const noIntake = new ResponseIntake(() => {})

/** An HTTP/1.1 connection to an endpoint: carries one exchange at a time, and waits in the endpoint's pool between them. */
export class UpstreamH1 implements PooledConnection, AttemptConnection, Timed {
  readonly speaks = 'HTTP/1.1'
  readonly endpoint: Endpoint
  readonly openedAt: Ms
  idleSince: Ms = 0
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  reused = false
  written = false
  answered = false
  readonly responseEnded = false
  readonly resetCode = -1
  connectMs = 0
  readonly #cluster: Cluster
  readonly #deps: UpstreamDeps
  readonly #dialled: Dialled
  readonly #socket: Socket
  readonly #output: Output
  readonly #buffer = new ReadBuffer()
  #intake: ResponseIntake
  #tunnel: UpstreamTunnel | undefined = undefined
  #events: AttemptEvents | undefined
  #state: 'connecting' | 'idle' | 'head' | 'body' | 'tunnel' | 'closed' = 'connecting'
  #connected = false
  #requestDone = false
  #chunkedRequest = false
  #headRequest = false
  #errorCode = ''

  /** Opens the connection; what is sent before it stands waits. @param header of the PROXY protocol: names its only client. */
  constructor(endpoint: Endpoint, cluster: Cluster, deps: UpstreamDeps, header: Buffer) {
    this.endpoint = endpoint
    this.#cluster = cluster
    this.#deps = deps
    this.openedAt = deps.now()
    this.#dialled = deps.dialer.dial({
      endpoint,
      cluster,
      carries: 'http',
      header,
      reading: { buffer: this.#buffer, read: (length) => this.#onRead(length) },
      onReady: () => this.#onReady(),
    })
    this.#socket = this.#dialled.socket
    this.#output = new Output(this.#socket)
    this.#intake = new ResponseIntake((buffer, start, end) =>
      this.#events?.onResponseData(buffer, start, end, this.#buffer.borrowed),
    )
    cluster.connectionOpened(endpoint)
    this.#listen()
    deps.wheel.arm(this, this.openedAt + cluster.spec.connectTimeout)
  }

  get usable(): boolean {
    const isOpen = this.#state === 'idle' && !this.#socket.destroyed && this.#socket.readable
    return isOpen && this.#dialled.isCurrent()
  }

  /** Lends the connection to one request. */
  attach(events: AttemptEvents): void {
    this.#events = events
    this.reused = this.#state === 'idle'
    if (this.reused) this.connectMs = 0
    this.written = false
    this.answered = false
    this.#requestDone = false
  }

  sendHead(method: string, target: string, host: string, fields: string, framing: Framing): void {
    this.#headRequest = method === 'HEAD'
    this.#chunkedRequest = framing === 'chunked'
    if (this.#connected) this.#state = 'head'
    this.#output.text(requestHeadText(method, target, host, fields, framing))
  }

  sendBody(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (!this.#chunkedRequest) return this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkStart(end - start))
    this.#output.bytes(buffer, start, end, borrowed)
    this.#output.text(chunkEnd)
  }

  sendEnd(trailers: string): void {
    if (this.#chunkedRequest) this.#output.text(lastChunk(trailers))
    this.#requestDone = true
  }

  flush(): Flushed {
    if (this.#connected) this.written = true
    return this.#requestDone ? this.#output.flush() : this.#output.flushPart()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#socket.destroyed) this.#socket.resume()
  }

  openTunnel(): AttemptConnection {
    this.#state = 'tunnel'
    const [socket, output, buffer, { wheel }] = [this.#socket, this.#output, this.#buffer, this.#deps]
    const { reused, connectMs } = this
    this.#tunnel = new UpstreamTunnel({ socket, output, buffer, wheel, reused, connectMs }, this.#events)
    this.#events = undefined
    this.#intake = noIntake
    return this.#tunnel
  }

  abandon(): void {
    this.#events = undefined
    this.close()
  }

  /** Closes at once; a request that is half out is broken off with a reset, so that it cannot pass for complete. */
  close(): void {
    if (this.#state === 'closed') return
    const halfSent = this.#connected && this.#state !== 'idle' && !this.#requestDone
    this.#leave()
    if (halfSent) resetSocket(this.#socket)
    else this.#socket.destroy()
  }

  onDeadline(): void {
    if (this.#state === 'connecting') this.#fail('connect_timeout', 'no connection in time')
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('drain', () => (this.#tunnel ?? this.#events)?.onUpstreamDrained())
    socket.on('end', () => this.#onEnd())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    socket.on('close', () => this.#ended())
  }

  #onReady(): void {
    if (this.#state !== 'connecting') return
    this.#connected = true
    this.#state = 'head'
    this.deadline = Number.POSITIVE_INFINITY
    this.connectMs = this.#deps.now() - this.openedAt
    this.#deps.onConnected(this.#cluster.series, this.connectMs)
    this.written = true
  }

  #onRead(length: number): void {
    if (this.#tunnel !== undefined) return this.#tunnel.read(this.#buffer.current, 0, length)
    if (this.#events === undefined || (this.#state !== 'head' && this.#state !== 'body')) return this.close()
    this.answered = true
    const events = this.#events
    try {
      this.#take(this.#buffer.current, length)
    } catch (error) {
      this.abandon()
      events.onDefect(error)
    }
  }

  #take(buffer: Buffer, length: number): void {
    let at = 0
    while (at < length) {
      at = this.#state === 'head' ? this.#readHead(buffer, at, length) : this.#readBody(buffer, at, length)
      // What took the bytes may have given the connection up.
      if (at < 0 || this.#state === 'closed') return
      if (this.#tunnel !== undefined) return this.#tunnel.read(buffer, at, length)
      if (this.#state === 'body' && this.#intake.done) return this.#complete(at < length)
    }
    this.#endTurn()
  }

  /** @returns where the body starts, the end when more is needed, or -1 when it is over with this connection. */
  #readHead(buffer: Buffer, start: number, end: number): number {
    const { head } = this.#intake
    const next = this.#intake.readHead(buffer, start, end)
    if (next === needMore) return end
    if (next === refused) return this.#refuse()
    if (head.status >= 200) {
      this.#state = 'body'
      this.#intake.beginBody(this.#headRequest ? 'yes' : 'no')
    }
    return this.#events?.onResponseHead(head) === true ? next : -1
  }

  #readBody(buffer: Buffer, start: number, end: number): number {
    const next = this.#intake.readBody(buffer, start, end)
    if (next < 0) return this.#refuse()
    if (this.#intake.isLarge) this.#buffer.startStreaming()
    return next
  }

  #refuse(): number {
    const { refusal } = this.#intake
    const reason = refusal?.reason === 'upstream_head_too_large' ? refusal.reason : 'upstream_bad_response'
    this.#fail(reason, refusal?.detail ?? '')
    return -1
  }

  /**
   * The response is over. The connection goes back last of all, because whoever waits for it takes it at once.
   *
   * @param surplus bytes follow that nobody asked for: whatever they are, this connection is not used again.
   */
  #complete(surplus: boolean): void {
    const events = this.#events
    const reusable = !surplus && this.#requestDone && this.#intake.head.keepAlive && this.#socket.readable
    this.#events = undefined
    if (this.#requestDone) this.#state = 'idle'
    const flushed = events?.onResponseEnd(this.#intake.trailers)
    this.#buffer.stopStreaming(flushed === 'sent')
    if (!reusable || !this.#dialled.isCurrent()) return this.close()
    if (this.#intake.head.keepAliveTimeout >= 0)
      this.endpoint.learnKeepAlive(this.#intake.head.keepAliveTimeout)
    this.endpoint.putIdle(this, this.#deps.now())
  }

  #endTurn(): void {
    const flushed = this.#events?.onResponseTurn()
    if (flushed === 'full') this.#socket.pause()
    else if (flushed === 'held') this.#buffer.rotate()
  }

  #onEnd(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.onEnd()
    if (this.#state === 'body' && this.#events !== undefined && this.#intake.finishBody()) {
      this.#intake.head.keepAlive = false
      return this.#complete(false)
    }
    this.#ended()
  }

  /** The endpoint is gone: a loss for the request on it, a lesson when there is none. */
  #ended(): void {
    const how = this.#errorCode === '' ? 'closed' : this.#errorCode
    switch (this.#state) {
      case 'closed':
        return
      case 'connecting':
        this.#deps.onConnectFailed(this.#cluster.series)
        return this.#failToConnect(how)
      case 'idle':
        this.endpoint.closedWhileIdle(this, this.#deps.now())
        return this.close()
      case 'head':
        if (!this.answered && this.reused) this.endpoint.closedWhileIdle(this, this.#deps.now())
        if (this.answered) return this.#fail('upstream_incomplete', how)
        return this.#fail(isTlsRefusal(how) ? 'upstream_tls' : 'upstream_reset', how)
      case 'body':
        return this.#fail('upstream_incomplete', how)
      case 'tunnel':
        this.#tunnel?.onClose(how)
        return this.#leave()
    }
  }

  #failToConnect(how: string): void {
    const { reason, detail } = this.#dialled.failure(how)
    this.#fail(reason, detail)
  }

  #fail(reason: FailureReason, detail: string): void {
    const events = this.#events
    this.#events = undefined
    this.close()
    events?.onAttemptFailed(reason, detail)
  }

  #leave(): void {
    this.#state = 'closed'
    this.#deps.wheel.remove(this)
    this.endpoint.forget(this)
    this.#cluster.connectionClosed(this.endpoint)
  }
}
