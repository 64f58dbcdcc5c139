import type { Socket } from 'node:net'
import type { Reason } from '../model/reasons.ts'
import type { NameTree } from '../names/name-tree.ts'
import type { ProxyFacts, ProxyHeaderEvents, TlsEvents, TlsStage } from './accept-stages.ts'
import type { Client, SecureFacts } from './client.ts'
import type { Connection } from './connection.ts'
import type { ConnectionEnds } from './proxy-header.ts'
import { resetSocket } from './reset-socket.ts'

/** What a listener does with the connections that come out of an arrival. */
export interface ArrivalEvents {
  /** Whose connection it is became known; false when it may not stay. */
  identified(arrival: Arrival, clientAddress: string): boolean
  /** It is ready for its protocol; nothing is read but what was unshifted. */
  arrived(arrival: Arrival, socket: Socket, client: Client): void
  passedThrough(arrival: Arrival, passage: Passage): void
  gone(arrival: Arrival, reason: Reason, detail: string): void
}

/** A TLS connection that is handed on unread. */
export interface Passage {
  readonly socket: Socket
  readonly target: NameTree<string>
  readonly serverName: string
  readonly client: Client
}

/** The steps of one listener between accept and protocol; `undefined` where there is none. */
export interface Steps {
  readonly proxyHeader: ((socket: Socket, events: ProxyHeaderEvents) => void) | undefined
  readonly tls: TlsStage | undefined
}

/** A connection of which the protocol is not known yet: its PROXY header is read, then its handshake is made. */
export class Arrival implements Connection, ProxyHeaderEvents, TlsEvents {
  /** `""` until it is known. */
  peerAddress = ''
  readonly idle = false
  readonly #steps: Steps
  readonly #events: ArrivalEvents
  readonly #onClose = (): void => this.onGone('client_closed', '')
  #socket: Socket
  #over = false
  #proxied: ConnectionEnds | undefined = undefined

  constructor(socket: Socket, steps: Steps, events: ArrivalEvents) {
    this.#socket = socket
    this.#steps = steps
    this.#events = events
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
  }

  /** @param peerAddress of the socket; the PROXY header may say another. */
  start(peerAddress: string): void {
    const { proxyHeader } = this.#steps
    if (proxyHeader === undefined) this.#identify(peerAddress)
    else proxyHeader(this.#socket, this)
  }

  onHeader(facts: ProxyFacts): void {
    this.#proxied = facts.ends
    this.#identify(facts.clientAddress)
  }

  onSecure(socket: Socket, tls: SecureFacts): void {
    if (this.#over) return
    this.#over = true
    this.#events.arrived(this, socket, this.#client(tls))
  }

  onPassthrough(socket: Socket, target: NameTree<string>, serverName: string): void {
    if (this.#over) return
    this.#over = true
    this.#events.passedThrough(this, { socket, target, serverName, client: this.#client(undefined) })
  }

  onGone(reason: Reason, detail: string): void {
    if (this.#over) return
    this.#over = true
    this.#events.gone(this, reason, detail)
  }

  /** Its times are short, and its first request may be on its way: nothing to do. */
  close(): void {}

  destroy(): void {
    this.#socket.destroy()
  }

  #client(tls: SecureFacts | undefined): Client {
    return { peerAddress: this.peerAddress, tls, proxied: this.#proxied }
  }

  #identify(clientAddress: string): void {
    if (this.#over) return
    if (!this.#events.identified(this, clientAddress)) {
      this.#over = true
      resetSocket(this.#socket)
      return
    }
    this.peerAddress = clientAddress
    const { tls } = this.#steps
    if (tls !== undefined) {
      // Whatever ends the connection now, the handshake says why.
      this.#socket.off('close', this.#onClose)
      return tls.accept(this.#socket, clientAddress, this)
    }
    this.#over = true
    this.#events.arrived(this, this.#socket, this.#client(undefined))
  }
}

/** `close` follows. */
function ignore(): void {}
