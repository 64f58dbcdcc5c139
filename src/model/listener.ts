import type { NameTree } from '../names/name-tree.ts'
import type { Bytes, Ms } from '../std/units.ts'
import type { Origin } from './origin.ts'
import type { ListenerTls } from './tls.ts'

/** Where a socket listens or an endpoint is dialled. */
export type SocketAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** A port we accept on. */
export interface Listener {
  /** The operator's name for it. */
  readonly id: string
  readonly origin: Origin
  readonly hash: string
  readonly address: SocketAddress
  /** The port that clients know, when something in front maps it to ours; `undefined` for our own. */
  readonly publicPort: number | undefined
  readonly role: ListenerRole
  /** TLS is terminated here, or passed through by server name; `undefined` on a plain port. */
  readonly tls: ListenerTls | undefined
  /** Every connection has to start with a PROXY protocol header; `undefined` when none may. */
  readonly proxyProtocol: ProxyProtocolIn | undefined
  /** HTTP/2 with prior knowledge on a plain port, beside HTTP/1.1. */
  readonly h2c: 'on' | 'off'
  readonly http2: Http2Settings
  /** CIDR blocks of peers whose forwarding headers are believed; empty means nobody's. */
  readonly trustedProxies: readonly string[]
  /** How many entries from the right of `X-Forwarded-For` trusted peers wrote (1 = the last entry is the client). */
  readonly trustedHops: number
  /** `on`: local answers carry the reason and its explanation in body and header. */
  readonly errorDetail: 'on' | 'off'
  /** What happens to header names with an underscore. Twins of framing names are refused whatever this says. */
  readonly underscores: 'drop' | 'reject' | 'allow'
  /** `%2F` in a path: refused, or kept as it is for object stores. */
  readonly encodedSlash: 'reject' | 'keep'
  /** Which forwarding headers are added to what goes upstream, besides `x-forwarded-*` and `x-request-id`. */
  readonly forwarded: 'on' | 'off'
  readonly via: 'on' | 'off'
  /** The `server` header of answers: replaced by this text; `""` removes it; `"pass"` lets the upstream's through. */
  readonly serverHeader: string
  readonly limits: ListenerLimits
}

/** The limits of one listener; hardening table 1.7 is where the defaults come from. 0 means "no limit" throughout. */
export interface ListenerLimits {
  readonly requestHeadTimeout: Ms
  readonly requestLine: Bytes
  /** Name + value + 32 for each field. */
  readonly head: Bytes
  readonly fields: number
  readonly trailerFields: number
  readonly trailers: Bytes
  /** Per chunk, and per message. */
  readonly chunkExtension: Bytes
  readonly chunkExtensions: Bytes
  /** Smallest average chunk once more than 1,000 chunks came. */
  readonly chunkAverage: Bytes
  readonly bodyIdle: Ms
  /** Bytes per second after `bodyRateGrace`. */
  readonly bodyRate: Bytes
  readonly bodyRateGrace: Ms
  readonly body: Bytes
  readonly writeStall: Ms
  /** Between requests of a connection. */
  readonly keepAliveIdle: Ms
  readonly requestsPerConnection: number
  /** Oldest age of a connection, ± 10 %. */
  readonly connectionAge: Ms
  readonly connections: number
  readonly connectionsPerClient: number
  readonly newConnectionsPerClientPerSecond: number
}

/** What the connections of a listener carry. */
export type ListenerRole =
  | { readonly kind: 'http' }
  | {
      readonly kind: 'tcp'
      /** Leaves are cluster ids. */
      readonly target: NameTree<string>
      /** Without a byte in either direction; 0 is no limit. */
      readonly idle: Ms
      readonly accessLog: 'on' | 'off'
    }

/** PROXY protocol, both versions. */
export interface ProxyProtocolIn {
  /** CIDR blocks that may send the header; connections from elsewhere are closed. */
  readonly from: readonly string[]
  readonly timeout: Ms
}

/** What HTTP/2 connections of clients may hold; hardening table 1.7. */
export interface Http2Settings {
  /** Concurrent streams of a connection. */
  readonly streams: number
  readonly streamWindow: Bytes
  readonly connectionWindow: Bytes
}
