import type { Socket } from 'node:net'
import type { Reason } from '../model/reasons.ts'
import type { NameTree } from '../names/name-tree.ts'
import type { SecureFacts } from './client.ts'
import type { ConnectionEnds } from './proxy-header.ts'

/** What a PROXY protocol header says of a connection. */
export interface ProxyFacts {
  /** The client's address in our form; that of the peer itself for LOCAL and UNKNOWN. */
  readonly clientAddress: string
  /** Both ends as the header names them; `undefined` when it names none. */
  readonly ends: ConnectionEnds | undefined
}

/** Where the reading of a PROXY protocol header ends. */
export interface ProxyHeaderEvents {
  /** The header was right; what followed it was unshifted, and nothing is read. */
  onHeader(facts: ProxyFacts): void
  /** There is no header to go on with; the socket is destroyed by now. */
  onGone(reason: Reason, detail: string): void
}

/** Where the first bytes of a TLS connection lead. */
export interface TlsEvents {
  /** The handshake is done; nothing of what follows was read. `socket` is a `tls.TLSSocket`. */
  onSecure(socket: Socket, facts: SecureFacts): void
  /** A server name that is handed on: the hello was unshifted, and nothing is read. Leaves are cluster ids. */
  onPassthrough(socket: Socket, target: NameTree<string>, serverName: string): void
  /** There is no connection to go on with; the socket is destroyed by now. */
  onGone(reason: Reason, detail: string): void
}

/** TLS of one listener, as its settings are; live connections keep what they have when it changes. */
export interface TlsStage {
  /** Takes an accepted socket that is paused and unread but for what was unshifted. Exactly one event follows, also when it is destroyed from outside. */
  accept(socket: Socket, peerAddress: string, events: TlsEvents): void
  /** The connection does not suit the server name of its handshake: the host would get other certificates or another policy. RFC 9110 §15.5.20. */
  isMisdirected(facts: SecureFacts, host: string): boolean
}
