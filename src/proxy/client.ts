import type { MaterialId } from '../model/material.ts'
import type { VerifiedCertificate } from '../model/verified-certificate.ts'
import type { ConnectionEnds } from './proxy-header.ts'

/** Who is at the other end of a client's connection, as far as the stages before its protocol found out. */
export interface Client {
  /** Shortest form; what the PROXY protocol says where it is used; `""` for a unix socket. */
  readonly peerAddress: string
  /** `undefined` on a plain connection. */
  readonly tls: SecureFacts | undefined
  /** The ends that a PROXY header named; `undefined` where they are those of the socket. */
  readonly proxied: ConnectionEnds | undefined
}

/** What a handshake with a client agreed on. */
export interface SecureFacts {
  /** Lower case, without a trailing dot; `""` when the client named none. */
  readonly serverName: string
  readonly alpn: 'h2' | 'http/1.1' | ''
  /** `TLSv1.3`. */
  readonly version: string
  /** OpenSSL's name. */
  readonly cipher: string
  /** Equal for server names that are handled alike. */
  readonly policy: string
  /** The certificate that was shown, of those of one name the first. */
  readonly certificate: MaterialId
  /** Header lines that tell the upstream of the client's certificate; `""` for none. */
  readonly clientCertificateFields: string
  /** `undefined` when the client showed none, or was not asked. */
  readonly clientCertificate: VerifiedCertificate | undefined
}
