import type { ListenerTls, TlsHost, TlsPassthrough, TlsPolicy } from '../model/tls.ts'
import type { NameTree } from '../names/name-tree.ts'
import { CertificateChoice, type CertificateSet } from './certificate-choice.ts'
import { NameMap } from './name-map.ts'
import { policyKey } from './policy.ts'
import { groupOf, type TerminatorSpec } from './terminator.ts'

/** What becomes of connections for a server name. */
export type Treatment =
  | {
      readonly kind: 'terminate'
      readonly spec: TerminatorSpec
      readonly group: string
      readonly key: string
    }
  /** Leaves are cluster ids. */
  | { readonly kind: 'pass'; readonly target: NameTree<string> }
  | { readonly kind: 'refuse' }

const refuse: Treatment = { kind: 'refuse' }

interface Host {
  readonly spec: TlsHost
  /** Made when the host is first asked for: there may be ten thousand. */
  choice: CertificateChoice | undefined
}

/**
 * The server names of one listener: names of its hosts and passthrough before certificates' own names, exact ones before
 * wildcards, the default at last. Nothing is kept of names that are only asked for.
 */
export class HostTable {
  readonly #tls: ListenerTls
  readonly #configured = new NameMap<Host | TlsPassthrough>()
  readonly #choice: CertificateChoice
  readonly #passAll: TlsPassthrough | undefined
  readonly #fallback: Treatment
  readonly #policyKeys = new Map<TlsPolicy, string>()
  /** One treatment for each policy and set of certificates. */
  readonly #treatments = new Map<string, Treatment>()

  constructor(tls: ListenerTls) {
    this.#tls = tls
    this.#choice = new CertificateChoice(tls.certificates)
    for (const spec of tls.hosts) {
      const host: Host = { spec, choice: undefined }
      for (const name of spec.names) this.#configured.add(name, host)
    }
    for (const passthrough of tls.passthrough) {
      for (const name of passthrough.names) this.#configured.add(name, passthrough)
    }
    this.#passAll = tls.passthrough.find(({ names }) => names.includes('*'))
    this.#fallback = this.#treatmentOf(tls.policy, this.#choice.first())
  }

  /** @param serverName lower case, without a trailing dot; `""` when the client named none. */
  find(serverName: string): Treatment {
    const found = serverName === '' ? undefined : this.#configured.find(serverName)
    if (found === undefined) return this.#findUnconfigured(serverName)
    if ('target' in found) return { kind: 'pass', target: found.target }
    found.choice ??= new CertificateChoice(found.spec.certificates)
    const own = found.choice.find(serverName) ?? found.choice.first()
    return this.#treatmentOf(found.spec.policy, own ?? this.#certificatesFor(serverName))
  }

  #findUnconfigured(serverName: string): Treatment {
    const certificates = serverName === '' ? undefined : this.#choice.find(serverName)
    if (certificates !== undefined) return this.#treatmentOf(this.#tls.policy, certificates)
    if (this.#passAll !== undefined) return { kind: 'pass', target: this.#passAll.target }
    return this.#tls.unknownNames === 'refuse' ? refuse : this.#fallback
  }

  #certificatesFor(serverName: string): CertificateSet | undefined {
    const found = this.#choice.find(serverName)
    return found === undefined && this.#tls.unknownNames === 'default' ? this.#choice.first() : found
  }

  #treatmentOf(policy: TlsPolicy, certificates: CertificateSet | undefined): Treatment {
    if (certificates === undefined || certificates.length === 0) return refuse
    const { tickets } = this.#tls
    const key = `${this.#policyKey(policy)} ${certificates.map(({ material }) => material).join(' ')}`
    const known = this.#treatments.get(key)
    if (known !== undefined) return known
    const spec: TerminatorSpec = { policy, certificates, tickets }
    const treatment: Treatment = { kind: 'terminate', spec, group: groupOf(spec), key }
    this.#treatments.set(key, treatment)
    return treatment
  }

  #policyKey(policy: TlsPolicy): string {
    const known = this.#policyKeys.get(policy)
    if (known !== undefined) return known
    const key = policyKey(policy, this.#tls.tickets)
    this.#policyKeys.set(policy, key)
    return key
  }
}
