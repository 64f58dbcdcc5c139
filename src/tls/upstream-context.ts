import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import type { Cluster } from '../model/cluster.ts'
import type { UpstreamTls } from '../model/tls.ts'
import type { Materials } from './materials.ts'

/** Sessions kept of one cluster; endpoints of DNS come and go. */
const mostSessions = 1024

/** TLS towards the endpoints of one cluster, as its settings and files are: made once, and again when they change. */
export class UpstreamContext {
  /** As they were said last; the same in other objects is the same. */
  tls: UpstreamTls
  readonly secure: SecureContext
  /** The last session of each endpoint. Settings and certificates are those it was made with, so resuming proves the same. */
  readonly #sessions = new Map<string, Buffer>()

  /** @throws {Error} when a material is missing, or OpenSSL refuses something: nobody connects with less. */
  constructor(tls: UpstreamTls, materials: Materials) {
    this.tls = tls
    this.secure = createSecureContext(contextOptions(tls, materials))
  }

  session(endpoint: string): Buffer | undefined {
    return this.#sessions.get(endpoint)
  }

  keepSession(endpoint: string, session: Buffer): void {
    this.#sessions.delete(endpoint)
    this.#sessions.set(endpoint, session)
    if (this.#sessions.size <= mostSessions) return
    const [oldest] = this.#sessions.keys()
    if (oldest !== undefined) this.#sessions.delete(oldest)
  }

  /** What made a handshake fail may be the session. */
  forgetSession(endpoint: string): void {
    this.#sessions.delete(endpoint)
  }
}

/** Whether two settings come to the same context. */
export function sameTls(a: UpstreamTls, b: UpstreamTls): boolean {
  return a === b || JSON.stringify(connecting(a)) === JSON.stringify(connecting(b))
}

/** Without what is only told of a certificate: its file and place. */
function connecting({ certificate, ...rest }: UpstreamTls): unknown {
  return { ...rest, certificate: certificate?.material }
}

/** The name that endpoints of a cluster are known by; `""` when there is none but their address. */
export function serverNameOf({ tls, dns }: Pick<Cluster, 'tls' | 'dns'>): string {
  return tls?.serverName || dns?.host || ''
}

function contextOptions(tls: UpstreamTls, materials: Materials): ConnectionOptions {
  const { ca, crl, certificate, ciphers, curves, minVersion, maxVersion } = tls
  const own = certificate === undefined ? undefined : materials.certificate(certificate.material)
  if (certificate !== undefined && own === undefined)
    throw new Error('the certificate of the cluster is missing')
  const authorities = ca === undefined ? undefined : materials.ca(ca)?.certificates
  if (ca !== undefined && authorities === undefined)
    throw new Error('the authorities of the cluster are missing')
  const lists = crl === undefined ? undefined : materials.revocationLists(crl)
  if (crl !== undefined && lists === undefined)
    throw new Error('the revocation lists of the cluster are missing')
  return {
    minVersion,
    maxVersion,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(lists === undefined ? {} : { crl: lists }),
    ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
    ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(':') }),
    ...(curves.length === 0 ? {} : { ecdhCurve: curves.join(':') }),
  }
}
