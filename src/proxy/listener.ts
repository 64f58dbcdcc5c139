import { createServer, type Server, type Socket } from 'node:net'
import type { Listener as ListenerSpec } from '../model/listener.ts'
import type { Reason } from '../model/reasons.ts'
import { takeOver } from './accept.ts'
import { Admission } from './admission.ts'
import { Arrival, type ArrivalEvents, type Passage, type Steps } from './arrival.ts'
import type { Client } from './client.ts'
import { ClientSocket } from './client-socket.ts'
import type { Connection, ConnectionOwner, ListenerSlot, SocketConnection, Wire } from './connection.ts'
import type { ExchangePool } from './exchange-pool.ts'
import { DownstreamH1 } from './h1/downstream.ts'
import { DownstreamH2 } from './h2/downstream.ts'
import { type ListenHandle, listenOptions } from './listen-handle.ts'
import { listenerRuntime, peerAddressOf } from './listener-runtime.ts'
import { proxyHeaderStage } from './proxy-header-stage.ts'
import { Tunnel } from './tcp/tunnel.ts'
import { listenerTunnel, passthroughTunnel, type TunnelSettings } from './tcp/tunnel-settings.ts'
import { ListenerTlsStage } from './tls/listener-tls.ts'
import { secureRead } from './tls/secure-read.ts'
import type { Traffic } from './traffic.ts'

/** Connections that may wait to be accepted: what arrives while a worker is replaced waits here. */
const backlog = 4096

/** One listener of this process: accepts, admits, and knows its connections. */
export class Listener implements ConnectionOwner, ArrivalEvents {
  readonly traffic: Traffic
  readonly exchanges: ExchangePool
  readonly slot: ListenerSlot
  readonly series: number
  readonly connections = new Set<Connection>()
  readonly #admission: Admission
  #steps: Steps
  /** Outlives changes of the settings, with its servers and ticket keys. */
  #tls: ListenerTlsStage | undefined = undefined
  #server: Server | undefined = undefined

  constructor(spec: ListenerSpec, traffic: Traffic, exchanges: ExchangePool) {
    this.traffic = traffic
    this.exchanges = exchanges
    this.series = traffic.counters.listenerSeries(spec.id)
    this.#admission = new Admission(traffic.clock)
    this.#steps = this.#stepsFor(spec)
    this.slot = { runtime: listenerRuntime(spec, this.#steps.tls) }
  }

  get accepting(): boolean {
    return this.#server !== undefined
  }

  /** Takes new settings; connections follow with their next request. */
  configure(spec: ListenerSpec): void {
    this.#steps = this.#stepsFor(spec)
    this.slot.runtime = listenerRuntime(spec, this.#steps.tls, this.slot.runtime.port)
  }

  /** Starts to accept, in place of where it did. @returns the port, or 0 for a unix socket. @throws what binding throws. */
  async listen(on: ListenHandle): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
    server.on('connection', (socket) => this.#accept(socket))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    if (on.kind === 'handle') server.listen(on.handle, backlog, () => resolve())
    else server.listen(listenOptions(on, backlog), () => resolve())
    await promise
    server.off('error', reject)
    server.on('error', (error) => this.traffic.onDefect(error, ''))
    this.#server?.close()
    this.#server = server
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    this.slot.runtime = listenerRuntime(
      this.slot.runtime.spec,
      this.#steps.tls,
      port === 0 ? '' : String(port),
    )
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
    if (this.connections.delete(connection)) this.#closed(connection.peerAddress)
  }

  becomeHttp2(connection: SocketConnection, wire: Wire, first: Buffer): void {
    const next = new DownstreamH2(this, wire)
    this.replace(connection, next, wire)
    next.take(first)
  }

  replace(connection: SocketConnection, next: SocketConnection, wire: Wire): void {
    this.connections.delete(connection)
    wire.connect(next)
    this.connections.add(next)
  }

  identified(_arrival: Arrival, clientAddress: string): boolean {
    if (this.#admission.identify(clientAddress, this.slot.runtime.spec.limits)) return true
    this.traffic.counters.protocolFault('too_many_connections')
    return false
  }

  arrived(arrival: Arrival, socket: Socket, client: Client): void {
    this.connections.delete(arrival)
    this.#serve(socket, client)
  }

  passedThrough(arrival: Arrival, passage: Passage): void {
    this.connections.delete(arrival)
    this.#serve(passage.socket, passage.client, passthroughTunnel(passage.target, passage.serverName))
  }

  gone(arrival: Arrival, reason: Reason, detail: string): void {
    this.traffic.counters.protocolFault(reason)
    const { peerAddress } = arrival
    this.traffic.onRefused({ listener: this.slot.runtime.spec.id, peerAddress, reason, detail })
    this.onClosed(arrival)
  }

  #accept(accepted: Socket): void {
    this.traffic.accepted++
    if (this.traffic.isFull() || !this.#admission.enter(this.slot.runtime.spec.limits)) {
      return this.#refuse(accepted)
    }
    const peerAddress = peerAddressOf(accepted.remoteAddress)
    this.traffic.counters.connectionAccepted(this.series)
    if (this.#steps.proxyHeader !== undefined || this.#steps.tls !== undefined) {
      const arrival = new Arrival(accepted, this.#steps, this)
      this.connections.add(arrival)
      return arrival.start(peerAddress)
    }
    if (this.#admission.identify(peerAddress, this.slot.runtime.spec.limits)) {
      return this.#serve(accepted, { peerAddress, tls: undefined, proxied: undefined })
    }
    this.#closed('')
    this.#refuse(accepted)
  }

  #refuse(accepted: Socket): void {
    this.traffic.counters.protocolFault('too_many_connections')
    accepted.on('error', ignore)
    accepted.resetAndDestroy()
  }

  /** @param handedOn as bytes, and how; `undefined` for HTTP. */
  #serve(accepted: Socket, client: Client, handedOn = this.#tunnelFor(client)): void {
    const first: Buffer | null =
      client.tls === undefined && accepted.readableLength > 0 ? accepted.read() : null
    const socket = ClientSocket.open(client, (buffer, read) =>
      client.tls === undefined ? takeOver(accepted, buffer, read) : secureRead(accepted, buffer, read),
    )
    if (socket === undefined) return this.#closed(client.peerAddress)
    const connection = handedOn === undefined ? this.#http(socket) : new Tunnel(this, socket, handedOn)
    socket.connect(connection)
    this.connections.add(connection)
    if (first !== null) connection.take(first)
    if (connection instanceof Tunnel) connection.start()
  }

  #http(wire: Wire): SocketConnection {
    return wire.client.tls?.alpn === 'h2' ? new DownstreamH2(this, wire) : new DownstreamH1(this, wire)
  }

  #tunnelFor(client: Client): TunnelSettings | undefined {
    const { role } = this.slot.runtime.spec
    return role.kind === 'tcp' ? listenerTunnel(role, client.tls) : undefined
  }

  #stepsFor(spec: ListenerSpec): Steps {
    const { proxyProtocol } = spec
    return {
      proxyHeader: proxyProtocol && proxyHeaderStage(proxyProtocol, this.traffic.wheel),
      tls: this.#tlsStage(spec),
    }
  }

  #tlsStage({ id, tls }: ListenerSpec): ListenerTlsStage | undefined {
    const { wheel, clock, materials, handshakes, onTlsUnavailable } = this.traffic
    if (tls === undefined) this.#tls = undefined
    else if (this.#tls !== undefined) this.#tls.configure(tls)
    else {
      const onUnavailable = (error: unknown): void => onTlsUnavailable(id, error)
      const onFlood = (): void => this.traffic.counters.protocolFault('tls_flood')
      this.#tls = new ListenerTlsStage(tls, {
        wheel,
        clock,
        materials,
        pace: handshakes,
        onUnavailable,
        onFlood,
      })
    }
    return this.#tls
  }

  #closed(clientAddress: string): void {
    this.#admission.left(clientAddress)
    this.traffic.counters.connectionClosed(this.series)
  }
}

/** `close` follows every `error` of a socket, and says all we need. */
function ignore(): void {}
