import type { Timed } from '../../std/timer-wheel.ts'
import type { Bytes, Ms } from '../../std/units.ts'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import type { SharedConnection } from '../../upstream/pool.ts'
import { errorCode, errorName } from '../../wire/h2/protocol.ts'
import type { AttemptEvents } from '../attempt.ts'
import { type Dialled, isTlsRefusal } from '../dial.ts'
import { ReadBuffer } from '../read-buffers.ts'
import type { UpstreamDeps } from '../upstream-deps.ts'
import { SessionWriter, type WriterEvents } from './session-writer.ts'
import { mostStreams } from './upstream-settings.ts'
import type { UpstreamStream } from './upstream-stream.ts'
import { type UpstreamCarrier, UpstreamStreams } from './upstream-streams.ts'
import { UpstreamWatch } from './upstream-watch.ts'

/** A read this large is one of a bulk transfer: a buffer of its own pays. A small one gives it back. */
const bulkRead: Bytes = 32 * 1024
const smallRead: Bytes = 16 * 1024

/** Hosts that vanish are found out by TCP, since HTTP/2 servers do not like to be pinged. */
const tcpKeepAlive: Ms = 15_000

const noHeader = Buffer.alloc(0)

/** An HTTP/2 connection to an endpoint: carries many exchanges at once. RFC 9113. */
export class UpstreamH2 implements SharedConnection, UpstreamCarrier, WriterEvents, Timed {
  readonly endpoint: Endpoint
  readonly openedAt: Ms
  readonly scheme: 'http' | 'https'
  idleSince: Ms
  writes = 0
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #cluster: Cluster
  readonly #deps: UpstreamDeps
  readonly #dialled: Dialled
  readonly #streams = new UpstreamStreams(this)
  readonly #writer: SessionWriter<UpstreamStream>
  readonly #buffer = new ReadBuffer()
  readonly #watch: UpstreamWatch
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  /** It takes no further request. */
  #retired = false
  #errorCode = ''

  /** Opens the connection; what is sent before it stands waits in the session. */
  constructor(endpoint: Endpoint, cluster: Cluster, deps: UpstreamDeps) {
    this.endpoint = endpoint
    this.#cluster = cluster
    this.#deps = deps
    this.scheme = cluster.spec.tls === undefined ? 'http' : 'https'
    this.openedAt = deps.now()
    this.idleSince = this.openedAt
    this.#watch = new UpstreamWatch(this.#streams, this.openedAt)
    this.#dialled = deps.dialer.dial({
      endpoint,
      cluster,
      carries: 'http',
      header: noHeader,
      reading: { buffer: this.#buffer, read: (length) => this.#onRead(length) },
      onReady: () => this.#onReady(),
    })
    this.#writer = new SessionWriter(this.#streams.session, this.#dialled.socket, this)
    cluster.connectionOpened(endpoint)
    endpoint.addShared(this)
    this.#listen()
    this.#streams.session.start(this.openedAt)
    deps.wheel.arm(this, this.openedAt + cluster.spec.connectTimeout)
  }

  get room(): number {
    const { session, active } = this.#streams
    if (this.#state === 'closed' || this.#retired || this.#watch.liveness.suspect || session.room === 0)
      return 0
    if (!this.#dialled.isCurrent()) return 0
    const said = session.started ? session.peer.streams : this.endpoint.streamLimit
    const own = this.#cluster.spec.limits.streams
    return Math.min(said, own === 0 ? mostStreams : own) - Math.max(active, session.streams.size)
  }

  get refers(): boolean {
    return this.#writer.refers
  }

  get borrowed(): boolean {
    return this.#buffer.borrowed
  }

  get awaitsSettled(): boolean {
    return this.#streams.someFull
  }

  /** Lends the connection to one more request, which sends its head at once; while there is room, or for its first. */
  attach(events: AttemptEvents): UpstreamStream {
    const { now } = this.#deps.wheel
    const isNew = this.#state === 'connecting'
    this.idleSince = Number.POSITIVE_INFINITY
    if (this.#streams.awaiting === 0) this.#watch.liveness.begin(now)
    const stream = this.#streams.open(events, isNew ? 'no' : 'yes', now)
    if (!isNew) this.#look()
    return stream
  }

  retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.endpoint.forgetShared(this)
    if (this.#streams.active === 0) this.#part()
  }

  leaveSoon(): void {
    if (this.#state === 'open') this.#writer.leaveSoon()
  }

  onProgress(): void {
    this.#watch.liveness.progressed()
  }

  onGivenUp(openedAt: Ms): void {
    if (this.#state !== 'open' || !this.#watch.liveness.givenUp(openedAt, this.#deps.wheel.now)) return
    this.#streams.session.ping()
    this.#look()
  }

  onFreed(): void {
    if (this.#streams.active === 0) {
      if (this.#retired) return this.#part()
      if (this.idleSince === Number.POSITIVE_INFINITY) this.idleSince = this.#deps.now()
    }
    if (!this.#retired) this.endpoint.sharedFreed(this)
  }

  onGoaway(): void {
    this.retire()
  }

  onSettings(): void {
    this.endpoint.streamLimit = Math.max(1, Math.min(this.#streams.session.peer.streams, mostStreams))
  }

  /** What the endpoint sent is no HTTP/2: no request on the connection can be answered any more. */
  onFatal(code: number, detail: string): void {
    const how = `${errorName(code)}: ${detail}`
    this.#cease()
    this.#streams.each((stream) =>
      stream.fail(stream.answered ? 'upstream_incomplete' : 'upstream_bad_response', how),
    )
    this.#part()
  }

  onLeft(): void {
    this.writes++
  }

  onSettled(): void {
    this.#streams.resume()
  }

  onWriteDefect(error: unknown): void {
    this.#break((stream) => stream.defect(error))
  }

  onDeadline(now: Ms): void {
    if (this.#state === 'connecting') {
      return this.#break((stream) => stream.fail('connect_timeout', 'no connection in time'))
    }
    const { session } = this.#streams
    switch (this.#watch.check(now)) {
      case 'no settings':
        return session.fail(errorCode.settingsTimeout, 'SETTINGS are missing')
      case 'dead':
        return this.#break((stream) => stream.lose('no answer to a PING'))
      case 'ping':
        session.ping()
        this.leaveSoon()
        return this.#look()
      case 'alive':
        return this.#look()
    }
  }

  #listen(): void {
    const { socket } = this.#dialled
    socket.on('drain', () => this.#writer.onDrain())
    socket.on('end', () => this.#onEnded())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    socket.on('close', () => this.#onEnded())
  }

  #onReady(): void {
    if (this.#state !== 'connecting') return
    const now = this.#deps.now()
    this.#state = 'open'
    this.#dialled.socket.setKeepAlive(true, tcpKeepAlive)
    this.deadline = Number.POSITIVE_INFINITY
    const connectMs = now - this.openedAt
    this.#deps.onConnected(this.#cluster.series, connectMs)
    this.#streams.each((stream) => {
      stream.connectMs = connectMs
    })
    this.#watch.opened(now)
    this.#writer.leave()
    this.#look()
  }

  #onRead(length: number): void {
    if (this.#state === 'closed') return
    const { now } = this.#deps.wheel
    const buffer = this.#buffer
    const wasSuspect = this.#watch.liveness.suspect
    this.#watch.liveness.heard(now)
    try {
      const held = this.#streams.receive(buffer.current, length, now)
      if (held === 'held') buffer.rotate()
      else if (length < smallRead) buffer.stopStreaming(true)
    } catch (error) {
      return this.onWriteDefect(error)
    }
    if (length >= bulkRead) buffer.startStreaming()
    if (wasSuspect) this.onFreed()
    if (this.#streams.session.hasOutput) this.leaveSoon()
    this.#look()
  }

  /** The endpoint has closed, or could not be reached. */
  #onEnded(): void {
    if (this.#state === 'closed') return
    const how = this.#errorCode === '' ? 'closed' : this.#errorCode
    if (this.#state === 'open') return this.#break((stream) => this.#lose(stream, how))
    this.#deps.onConnectFailed(this.#cluster.series)
    const { reason, detail } = this.#dialled.failure(how)
    this.#break((stream) => stream.fail(reason, detail))
  }

  /** TLS 1.3 tells late that a certificate of ours is not taken. */
  #lose(stream: UpstreamStream, how: string): void {
    if (isTlsRefusal(how) && !this.#streams.session.started) stream.fail('upstream_tls', how)
    else stream.lose(how)
  }

  /** Closes at once, and tells every request. */
  #break(tell: (stream: UpstreamStream) => void): void {
    this.#cease()
    this.#close()
    this.#dialled.socket.destroy()
    this.#streams.each(tell)
  }

  /** Says goodbye and closes; nothing is under way any more. */
  #part(): void {
    if (this.#state === 'closed') return
    this.#streams.session.drain()
    const said = this.#state === 'open'
    if (said) this.#writer.leave()
    this.#close()
    const { socket } = this.#dialled
    if (said && socket.writableLength === 0) socket.destroySoon()
    else socket.destroy()
  }

  #cease(): void {
    this.#retired = true
    this.endpoint.forgetShared(this)
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#deps.wheel.remove(this)
    this.#cluster.connectionClosed(this.endpoint)
  }

  /** Sets the time at which something can be wrong. */
  #look(): void {
    if (this.#state !== 'open') return
    const { next } = this.#watch
    if (next < this.deadline) this.#deps.wheel.arm(this, next)
    else this.deadline = next
  }
}
