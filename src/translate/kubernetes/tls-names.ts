import type { Certificate } from '../../model/tls.ts'
import { quoted } from '../../std/quoted.ts'
import { type HostClaims, namespaceOf } from './host-owners.ts'
import { coversHost, wildcardOf } from './host-patterns.ts'
import { type ObjectFlaw, problemAt, warning } from './object-problem.ts'
import type { ObjectProblem, TlsHostPiece } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'
import type { TlsRead } from './read-tls.ts'
import type { SecretTable } from './secret-table.ts'

/** Certificates by server name. */
export interface TlsNames {
  readonly tlsHosts: readonly TlsHostPiece[]
  /** Of the Ingresses that may take requests of any host. */
  readonly catchAll: readonly Certificate[]
  readonly problems: ReadonlyMap<IngressRead, readonly ObjectProblem[]>
}

/** What names are collected with. */
export interface TlsSurroundings {
  readonly claims: HostClaims
  readonly secrets: SecretTable
  /** Hosts that somebody serves. */
  readonly served: Iterable<string>
}

/**
 * The certificates of each host: those that Ingresses of its owner name for it, whatever names certificates of others are for. What is
 * wrong with one hurts the hosts it was meant for, and no other.
 *
 * @param reads oldest first.
 */
export function tlsNames(reads: readonly IngressRead[], surroundings: TlsSurroundings): TlsNames {
  const collecting = new Collecting(surroundings)
  for (const read of reads) for (const entry of read.tls) collecting.entry(read, entry)
  return {
    tlsHosts: collecting.hosts(),
    catchAll: collecting.catchAll(),
    problems: collecting.problems,
  }
}

class Collecting {
  readonly certificates = new Map<string, Certificate[]>()
  readonly problems = new Map<IngressRead, ObjectProblem[]>()
  readonly #surroundings: TlsSurroundings

  constructor(surroundings: TlsSurroundings) {
    this.#surroundings = surroundings
  }

  entry(read: IngressRead, entry: TlsRead): void {
    const { claims, secrets } = this.#surroundings
    const { field, names, secret } = entry
    const refusals = claims.refusals.get(read)
    const open = [...names.keys()].filter((host) => refusals?.has(host) !== true)
    if (secret === undefined || open.length === 0) return
    const namespace = namespaceOf(read)
    const name = secret.namespace === '' ? { ...secret, namespace } : secret
    const { value, flaws } = secrets.certificate(name, namespace)
    for (const flaw of flaws) this.#tell(read, field, flaw)
    if (value === undefined) return
    for (const host of open) {
      if (claims.owner(host) === namespace) this.#use(read, value, { host, field: names.get(host) ?? field })
      else this.#tell(read, field, unused(host, claims.owner(host) ?? ''))
    }
  }

  /**
   * Certificates for any host, which listeners choose by the names that they are for: those that requests of other owners' hosts
   * would find are taken out, so that nobody shows a certificate for the host of another.
   */
  catchAll(): readonly Certificate[] {
    const certificates = this.certificates.get('*') ?? []
    if (certificates.length === 0) return certificates
    const { served, claims } = this.#surroundings
    const others = new Set<string>()
    for (const host of served) {
      if (claims.owner(host) === claims.owner('*')) continue
      others.add(host).add(wildcardOf(host) ?? host)
    }
    return certificates.map((certificate) => {
      const names = certificate.names.filter((name) => !others.has(name))
      return names.length === certificate.names.length ? certificate : withNames(certificate, names)
    })
  }

  /** Hosts with the same certificates are one piece. */
  hosts(): readonly TlsHostPiece[] {
    this.#shield()
    const pieces = new Map<string, { names: string[]; certificates: readonly Certificate[] }>()
    for (const [host, certificates] of this.certificates) {
      if (host === '*') continue
      const key = certificates.map(({ material }) => material).join(' ')
      const known = pieces.get(key)
      if (known === undefined) pieces.set(key, { names: [host], certificates })
      else known.names.push(host)
    }
    return [...pieces.values()]
  }

  /** A host without certificates of its own must not be served with those that another namespace has for a wildcard around it. */
  #shield(): void {
    const { served, claims } = this.#surroundings
    for (const host of served) {
      const wildcard = this.certificates.has(host) ? undefined : wildcardOf(host)
      if (wildcard === undefined || !this.certificates.has(wildcard)) continue
      if (claims.owner(wildcard) !== claims.owner(host)) this.certificates.set(host, [])
    }
  }

  #use(read: IngressRead, certificate: Certificate, { host, field }: { host: string; field: string }): void {
    const known = this.certificates.get(host)
    if (known === undefined) this.certificates.set(host, [certificate])
    else if (known.every(({ material }) => material !== certificate.material)) known.push(certificate)
    if (host === '*' || certificate.names.some((name) => coversHost(name, host))) return
    const names =
      certificate.names.length === 0 ? 'nothing' : certificate.names.map((name) => quoted(name)).join(', ')
    const message = `certificate of secret ${quoted(certificate.file.slice('Secret '.length))} is for ${names}, and not for host ${quoted(host)}`
    this.#tell(
      read,
      field,
      warning('CertificateNameMismatch', message, 'have one issued for it, or name another Secret'),
    )
  }

  #tell(read: IngressRead, field: string, flaw: ObjectFlaw): void {
    const known = this.problems.get(read)
    const problem = problemAt(read.ref, field, flaw)
    if (known === undefined) this.problems.set(read, [problem])
    else known.push(problem)
  }
}

const limited = new WeakMap<Certificate, Certificate>()

/** The same object for the same names, so that lists of it stay the same. */
function withNames(certificate: Certificate, names: readonly string[]): Certificate {
  const known = limited.get(certificate)
  if (known !== undefined && known.names.join() === names.join()) return known
  const made = { ...certificate, names }
  limited.set(certificate, made)
  return made
}

function unused(host: string, owner: string): ObjectFlaw {
  const message = `certificate is not used for host ${quoted(host)}, which belongs to namespace ${quoted(owner)}`
  return warning('CertificateUnused', message, 'remove the host here, or have its owner use the certificate')
}
