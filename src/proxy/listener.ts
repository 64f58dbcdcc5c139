import { createServer, type Server, type Socket } from 'node:net'
import type { Listener as ListenerSpec } from '../model/listener.ts'
import { takeOver } from './accept.ts'
import { Admission } from './admission.ts'
import type { Connection, ConnectionOwner, ListenerSlot } from './connection.ts'
import type { ExchangePool } from './exchange-pool.ts'
import { DownstreamH1 } from './h1/downstream.ts'
import { listenerRuntime, peerAddressOf } from './listener-runtime.ts'
import { ReadBuffer } from './read-buffers.ts'
import type { Traffic } from './traffic.ts'

/** What to accept on: an inherited handle or descriptor, or an address to bind. */
export type ListenHandle =
  | { readonly kind: 'handle'; readonly handle: object }
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** Connections that may wait to be accepted: what arrives while a worker is replaced waits here. */
const backlog = 4096

/** One listener of this process: accepts, admits, and knows its connections. */
export class Listener implements ConnectionOwner {
  readonly traffic: Traffic
  readonly exchanges: ExchangePool
  readonly slot: ListenerSlot
  readonly series: number
  readonly connections = new Set<Connection>()
  readonly #admission: Admission
  #server: Server | undefined = undefined

  constructor(spec: ListenerSpec, traffic: Traffic, exchanges: ExchangePool) {
    this.traffic = traffic
    this.exchanges = exchanges
    this.slot = { runtime: listenerRuntime(spec) }
    this.series = traffic.counters.listenerSeries(spec.id)
    this.#admission = new Admission(traffic.clock)
  }

  get accepting(): boolean {
    return this.#server !== undefined
  }

  /** Takes new settings; connections follow with their next request. */
  configure(spec: ListenerSpec): void {
    this.slot.runtime = listenerRuntime(spec, this.slot.runtime.port)
  }

  /** Starts to accept, in place of where it did. @returns the port, or 0 for a unix socket. @throws what binding throws. */
  async listen(on: ListenHandle): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
    server.on('connection', (socket) => this.#accept(socket))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    if (on.kind === 'handle') server.listen(on.handle, backlog, () => resolve())
    else server.listen(listenOptions(on), () => resolve())
    await promise
    server.off('error', reject)
    server.on('error', (error) => this.traffic.onDefect(error, ''))
    this.#server?.close()
    this.#server = server
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    this.slot.runtime = listenerRuntime(this.slot.runtime.spec, port === 0 ? '' : String(port))
    return port
  }

  /** Takes a connection that was accepted elsewhere. */
  adopt(socket: Socket): void {
    this.#accept(socket)
  }

  /** Stops accepting; live connections go on. */
  unlisten(): void {
    this.#server?.close()
    this.#server = undefined
  }

  onClosed(connection: Connection): void {
    if (!this.connections.delete(connection)) return
    this.#admission.left(connection.peerAddress)
    this.traffic.counters.connectionClosed(this.series)
  }

  #accept(accepted: Socket): void {
    this.traffic.accepted++
    const peerAddress = peerAddressOf(accepted.remoteAddress)
    if (!this.#admission.enter(peerAddress, this.slot.runtime.spec.limits) || this.traffic.isFull()) {
      this.traffic.counters.protocolFault('too_many_connections')
      accepted.on('error', ignore)
      accepted.resetAndDestroy()
      return
    }
    const buffer = new ReadBuffer()
    const socket = takeOver(accepted, buffer, (length) => connection.read(length))
    if (socket === undefined) return this.#admission.left(peerAddress)
    const connection = new DownstreamH1(this, socket, buffer, peerAddress)
    this.connections.add(connection)
    this.traffic.counters.connectionAccepted(this.series)
    socket.on('drain', () => connection.onDrain())
    socket.on('end', () => connection.onEnd())
    socket.on('error', ignore)
    socket.on('close', () => connection.onClose())
  }
}

function listenOptions(on: Exclude<ListenHandle, { kind: 'handle' }>): object {
  switch (on.kind) {
    case 'fd':
      return { fd: on.fd }
    case 'tcp':
      return { host: on.host, port: on.port, backlog }
    case 'unix':
      return { path: on.path, backlog }
  }
}

/** `close` follows every `error` of a socket, and says all we need. */
function ignore(): void {}
