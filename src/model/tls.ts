import type { NameTree } from '../names/name-tree.ts'
import type { Ms } from '../std/units.ts'
import type { MaterialId } from './material.ts'
import type { Origin } from './origin.ts'

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** A certificate as everybody may see it. */
export interface Certificate {
  readonly material: MaterialId
  readonly origin: Origin
  /** DNS names and IP addresses of its subjectAltName; lower case, `*.a.test` for a wildcard. */
  readonly names: readonly string[]
  readonly keyType: 'rsa' | 'ecdsa' | 'ed25519' | 'other'
  readonly serial: string
  /** SHA-256 of its DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** The file it came from, for metrics and messages. */
  readonly file: string
}

/** How handshakes with clients go: everything that two server names may differ in. */
export interface TlsPolicy {
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** OpenSSL names, of TLS 1.2 and 1.3 together; empty takes ours. */
  readonly ciphers: readonly string[]
  /** OpenSSL group names; empty takes ours. */
  readonly curves: readonly string[]
  /** In the order of preference. */
  readonly alpn: readonly ('h2' | 'http/1.1')[]
  readonly clientCertificates: ClientCertificates
}

/** What clients have to show. */
export interface ClientCertificates {
  /** `optional`: a certificate is asked for; a wrong one still ends the handshake, none is fine. */
  readonly mode: 'off' | 'optional' | 'required'
  readonly ca: MaterialId | undefined
  readonly crl: MaterialId | undefined
  /** Most certificates between the client's own and the root, that one included. */
  readonly depth: number
  /** Any of these must be among its subjectAltName: `DNS:a.test`, `URI:spiffe://a/b`, `email:x@a`; `*` at the end of a URI matches the rest. Empty allows all. */
  readonly names: readonly string[]
  /** Which headers tell the upstream; inbound copies never pass. */
  readonly forward: readonly ('xfcc' | 'nginx')[]
}

/** Names with a policy or certificates of their own. */
export interface TlsHost {
  /** `a.test` or `*.a.test` (one label). */
  readonly names: readonly string[]
  readonly policy: TlsPolicy
  /** Used for these names before the listener's. */
  readonly certificates: readonly Certificate[]
}

/** Connections handed on unread, by the server name of their hello. */
export interface TlsPassthrough {
  /** `*` takes what nothing else has. */
  readonly names: readonly string[]
  /** Leaves are cluster ids. */
  readonly target: NameTree<string>
}

/** The TLS of a listener. */
export interface ListenerTls {
  readonly policy: TlsPolicy
  readonly certificates: readonly Certificate[]
  readonly hosts: readonly TlsHost[]
  readonly passthrough: readonly TlsPassthrough[]
  /** Names nobody has a certificate for: served with the first certificate, or refused. */
  readonly unknownNames: 'default' | 'refuse'
  readonly tickets: {
    readonly mode: 'on' | 'off'
    /** Shared keys from a file; `undefined` makes keys of this process, made anew every `rotation`. */
    readonly keys: MaterialId | undefined
    readonly rotation: Ms
  }
  /** `strict-transport-security` of every answer; `""` for none. */
  readonly hsts: string
  readonly handshakeTimeout: Ms
}

/** TLS towards the endpoints of a cluster. */
export interface UpstreamTls {
  readonly verify: 'on' | 'off'
  /** Sent as SNI and checked against the certificate; `""` takes the name of the DNS discovery, or the host header's. */
  readonly serverName: string
  /** `undefined` trusts the authorities of Node. */
  readonly ca: MaterialId | undefined
  readonly crl: MaterialId | undefined
  readonly certificate: Certificate | undefined
  /** Instead of the server name, any of these must be in the subjectAltName (`DNS:`, `URI:`). */
  readonly names: readonly string[]
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  readonly ciphers: readonly string[]
  readonly curves: readonly string[]
}
