import type { Socket } from 'node:net'
import { parseCidrs } from '../http/cidr.ts'
import type { ProxyProtocolIn } from '../model/listener.ts'
import type { Timed, TimerWheel } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import { refused } from '../wire/h1/head-reader.ts'
import type { ProxyHeader } from '../wire/proxy-protocol/header.ts'
import { ProxyHeaderReader } from '../wire/proxy-protocol/header-reader.ts'
import type { ProxyHeaderEvents } from './accept-stages.ts'
import { peerAddressOf } from './listener-runtime.ts'
import type { ConnectionEnds } from './proxy-header.ts'
import { resetSocket } from './reset-socket.ts'

/** Reads the header of one accepted socket, from which nothing was read. Exactly one event follows, unless it is destroyed from outside. */
export type ProxyHeaderStage = (socket: Socket, events: ProxyHeaderEvents) => void

/**
 * The step that reads the PROXY protocol header of a listener's connections.
 *
 * The header is required: a connection without one, from a peer outside `from`, or whose header is not complete in time
 * is reset. The peer of a unix socket is whoever may open the file, and may send it. From the header on, the address in
 * it is the client's for everything: limits, logs, forwarding fields, and whether it is a trusted proxy.
 */
export function proxyHeaderStage(settings: ProxyProtocolIn, wheel: TimerWheel): ProxyHeaderStage {
  const from = parseCidrs(settings.from)
  return (socket, events) => {
    const peer = peerAddressOf(socket.remoteAddress)
    const intake = new HeaderIntake(socket, peer, wheel, events)
    if (peer === '' || from.has(peer)) intake.start(settings.timeout)
    else intake.refuse(`${peer} may not send PROXY headers`)
  }
}

/** The arrival of one header. */
class HeaderIntake implements Timed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #socket: Socket
  readonly #peer: string
  readonly #wheel: TimerWheel
  readonly #events: ProxyHeaderEvents
  readonly #reader = new ProxyHeaderReader()
  readonly #onReadable = (): void => this.#read()
  readonly #onEnd = (): void => this.refuse('the connection ended before its header')
  readonly #onClose = (): void => this.#leave()

  constructor(socket: Socket, peer: string, wheel: TimerWheel, events: ProxyHeaderEvents) {
    this.#socket = socket
    this.#peer = peer
    this.#wheel = wheel
    this.#events = events
  }

  start(timeout: Ms): void {
    this.#wheel.arm(this, this.#wheel.now + timeout)
    this.#socket.on('readable', this.#onReadable)
    this.#socket.on('end', this.#onEnd)
    this.#socket.on('close', this.#onClose)
  }

  onDeadline(): void {
    this.refuse('the header did not come in time')
  }

  refuse(detail: string): void {
    this.#leave()
    resetSocket(this.#socket)
    this.#events.onGone('proxy_protocol', detail)
  }

  #read(): void {
    for (;;) {
      const bytes: Buffer | null = this.#socket.read()
      if (bytes === null) return
      const next = this.#reader.push(bytes, 0, bytes.length)
      if (next === refused) return this.refuse(this.#reader.refusal?.detail ?? '')
      if (next >= 0) return this.#done(bytes.subarray(next))
    }
  }

  #done(rest: Buffer): void {
    this.#leave()
    stopReading(this.#socket)
    if (rest.length > 0) this.#socket.unshift(rest)
    const header = this.#reader.header
    const clientAddress = header?.source?.address ?? this.#peer
    this.#events.onHeader({ clientAddress, ends: endsOf(header) })
  }

  #leave(): void {
    this.#wheel.remove(this)
    this.#socket.off('readable', this.#onReadable)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('close', this.#onClose)
  }
}

function endsOf(header: ProxyHeader | undefined): ConnectionEnds | undefined {
  if (header?.source === undefined || header.destination === undefined) return undefined
  return { source: header.source, destination: header.destination }
}

/** What Node keeps of a socket's handle, beyond its types. */
interface SocketInternals {
  readonly _handle: { reading: boolean; readStop(): number } | null
}

/** Lets nothing come in any more, and whoever reads next start anew, so that an end that came already comes again. */
function stopReading(socket: Socket): void {
  const handle = (socket as unknown as SocketInternals)._handle
  if (handle === null) return
  handle.readStop()
  handle.reading = false
}
