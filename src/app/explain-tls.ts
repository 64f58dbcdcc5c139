import { normaliseHost } from '../http/authority.ts'
import type { Listener } from '../model/listener.ts'
import type { Certificate, ListenerTls, TlsPolicy } from '../model/tls.ts'
import { leavesOf } from '../names/leaves.ts'
import { HostTable, type Treatment } from '../tls/host-table.ts'

/** What a handshake for a server name comes to. */
export interface ExplainedTls {
  /** `""` when the URL has an address: then none is sent. */
  readonly serverName: string
  readonly treatment: 'terminated' | 'passed through' | 'refused'
  /** Of which the client's abilities choose one. */
  readonly certificates: readonly ExplainedCertificate[]
  /** `null` unless it is terminated. */
  readonly policy: ExplainedPolicy | null
  /** The clusters that get the connection as it is. */
  readonly clusters: readonly string[]
}

export interface ExplainedCertificate {
  readonly file: string
  readonly names: readonly string[]
  readonly keyType: string
  readonly serial: string
  readonly fingerprint: string
  /** As ISO 8601 has it. */
  readonly notAfter: string
}

export interface ExplainedPolicy {
  readonly minVersion: string
  readonly maxVersion: string
  readonly alpn: readonly string[]
  readonly clientCertificates: TlsPolicy['clientCertificates']['mode']
  /** The names it has of its own; empty when it is the listener's. */
  readonly of: readonly string[]
}

/** What becomes of a handshake for a host; `undefined` on a plain listener. */
export function explainTls({ tls }: Pick<Listener, 'tls'>, authority: string): ExplainedTls | undefined {
  if (tls === undefined) return undefined
  const serverName = serverNameOf(authority)
  const found = new HostTable(tls).find(serverName)
  switch (found.kind) {
    case 'refuse':
      return { serverName, treatment: 'refused', certificates: [], policy: null, clusters: [] }
    case 'pass':
      return {
        serverName,
        treatment: 'passed through',
        certificates: [],
        policy: null,
        clusters: leavesOf(found.target),
      }
    case 'terminate': {
      const { certificates, policy } = found.spec
      const shown = certificates.map(explainCertificate)
      return {
        serverName,
        treatment: 'terminated',
        certificates: shown,
        policy: explainPolicy(policy, tls),
        clusters: [],
      }
    }
  }
}

/** Whether a request for `host` (normalised) is answered with 421 on a connection made for the server name of `authority`. */
export function isMisdirected({ tls }: Pick<Listener, 'tls'>, authority: string, host: string): boolean {
  if (tls === undefined) return false
  const serverName = serverNameOf(authority)
  const table = new HostTable(tls)
  return host !== serverName && groupOf(table.find(host)) !== groupOf(table.find(serverName))
}

function groupOf(treatment: Treatment): string {
  return treatment.kind === 'terminate' ? treatment.group : treatment.kind
}

/** What clients send as SNI: names, never addresses (RFC 6066 §3). */
function serverNameOf(authority: string): string {
  const host = normaliseHost(authority) ?? ''
  return host.startsWith('[') || /^[0-9.]+$/.test(host) ? '' : host
}

function explainCertificate({
  file,
  names,
  keyType,
  serial,
  fingerprint,
  notAfter,
}: Certificate): ExplainedCertificate {
  return { file, names, keyType, serial, fingerprint, notAfter: new Date(notAfter).toISOString() }
}

function explainPolicy(policy: TlsPolicy, tls: ListenerTls): ExplainedPolicy {
  const { minVersion, maxVersion, alpn, clientCertificates } = policy
  const host = tls.hosts.find((one) => one.policy === policy)
  return { minVersion, maxVersion, alpn, clientCertificates: clientCertificates.mode, of: host?.names ?? [] }
}
