import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { Certificate } from '../../model/tls.ts'
import type { HostClaims } from './host-owners.ts'
import { problemAt, refOf } from './object-problem.ts'
import type { KubernetesObjects } from './objects.ts'
import type { KubernetesPieces, ObjectProblem, TlsHostPiece } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'
import type { SecretTable } from './secret-table.ts'
import { type TlsNames, tlsNames } from './tls-names.ts'

/** Everything about certificates for clients. */
export interface TlsParts extends Pick<KubernetesPieces, 'tlsHosts' | 'defaultCertificates'> {
  readonly problems: TlsNames['problems']
  /** With what belongs to no Ingress. */
  readonly own: readonly ObjectProblem[]
}

/** Collects the certificates for clients; lists that did not change stay the same object. */
export class TlsMemory {
  readonly #settings: KubernetesSettings
  readonly #secrets: SecretTable
  #tlsHosts: readonly TlsHostPiece[] = []
  #defaultCertificates: readonly Certificate[] = []

  constructor(settings: KubernetesSettings, secrets: SecretTable) {
    this.#settings = settings
    this.#secrets = secrets
  }

  /** @param reads oldest first. */
  update(
    reads: readonly IngressRead[],
    surroundings: { readonly claims: HostClaims; readonly served: Iterable<string> },
    objects: KubernetesObjects,
  ): TlsParts {
    const { tlsHosts, catchAll, problems } = tlsNames(reads, { ...surroundings, secrets: this.#secrets })
    const { certificates, own } = this.#ofOperator(objects)
    const all = [...certificates, ...catchAll]
    if (!sameItems(this.#defaultCertificates, all)) this.#defaultCertificates = all
    if (!sameHosts(this.#tlsHosts, tlsHosts)) this.#tlsHosts = tlsHosts
    return { tlsHosts: this.#tlsHosts, defaultCertificates: this.#defaultCertificates, problems, own }
  }

  #ofOperator(objects: KubernetesObjects): {
    readonly certificates: readonly Certificate[]
    readonly own: readonly ObjectProblem[]
  } {
    const { defaultCertificate } = this.#settings
    if (defaultCertificate === undefined) return { certificates: [], own: [] }
    const { namespace, name } = defaultCertificate
    const { value, flaws } = this.#secrets.certificate(defaultCertificate, undefined)
    const lookup = objects.secret(namespace, name)
    const uid = lookup.kind === 'found' ? lookup.secret.meta.uid : ''
    const object = refOf('Secret', { namespace, name, uid })
    return {
      certificates: value === undefined ? [] : [value],
      own: flaws.map((flaw) => problemAt(object, '', flaw)),
    }
  }
}

function sameHosts(before: readonly TlsHostPiece[], now: readonly TlsHostPiece[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ names, certificates }, index) => {
      const other = now[index]
      return (
        other !== undefined && sameItems(names, other.names) && sameItems(certificates, other.certificates)
      )
    })
  )
}

function sameItems(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((item, index) => item === now[index])
}
