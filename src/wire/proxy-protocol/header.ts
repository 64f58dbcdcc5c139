import type { Bytes } from '../../std/units.ts'

/** One end of a connection. */
export interface ProxyAddress {
  /** Shortest form; IPv4 inside IPv6 as IPv4. */
  readonly address: string
  readonly port: number
}

/** What a header of the PROXY protocol says of the connection it stands at the start of. */
export interface ProxyHeader {
  /**
   * The client. `undefined` when the sender speaks for itself (v2 LOCAL), does not know (v1 UNKNOWN, v2 UNSPEC) or got the
   * connection over a unix socket: then the client is the sender.
   */
  readonly source: ProxyAddress | undefined
  /** What the client connected to; there is one when there is a source. */
  readonly destination: ProxyAddress | undefined
  /** The name the client asked for (TLV AUTHORITY): lower case, no port; `""` for none. */
  readonly authority: string
  /** The protocol that was agreed on by ALPN (TLV ALPN); `""` for none. */
  readonly alpn: string
}

/** A v1 header with its CRLF. PROXY protocol §2.1. */
export const longestV1: Bytes = 107

/** What stands before the addresses of a v2 header, and how much may follow it (hardening §1.7). PROXY protocol §2.2. */
export const startV2: Bytes = 16
export const longestRestV2: Bytes = 536

/** The first twelve bytes of every v2 header; no HTTP request starts with them. */
export const signatureV2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** TLV types that we read or write. PROXY protocol §2.2.1 to §2.2.7. */
export const tlvTypes = { alpn: 0x01, authority: 0x02, crc32c: 0x03, noop: 0x04, uniqueId: 0x05, tls: 0x20 }
