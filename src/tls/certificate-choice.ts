import type { Certificate } from '../model/tls.ts'
import { NameMap } from './name-map.ts'

/** The certificates of one server name, at most one of each kind of key; the first is the one the operator named first. */
export type CertificateSet = readonly Certificate[]

/** Chooses certificates by the server names they are for. */
export class CertificateChoice {
  readonly #byName = new NameMap<Certificate[]>()
  readonly #all: readonly Certificate[]

  constructor(certificates: readonly Certificate[]) {
    this.#all = certificates
    for (const certificate of certificates) for (const name of certificate.names) this.#add(name, certificate)
  }

  /** Those for exactly this name, else those with a wildcard for it, else `undefined`. */
  find(serverName: string): CertificateSet | undefined {
    const found = this.#byName.find(serverName)
    return found === undefined ? undefined : onePerKind(found)
  }

  /** What is shown where no name leads to a certificate: the first, with its twins of other key kinds; `undefined` without any. */
  first(): CertificateSet | undefined {
    const [first] = this.#all
    if (first === undefined) return undefined
    const twins = this.#all.filter(({ names }) => names.some((name) => first.names.includes(name)))
    return onePerKind([first, ...twins])
  }

  #add(name: string, certificate: Certificate): void {
    const same = name.startsWith('*.') ? this.#byName.wild(`x${name.slice(1)}`) : this.#byName.exact(name)
    if (same === undefined) this.#byName.add(name, [certificate])
    else same.push(certificate)
  }
}

/** Of two for one name and kind of key, as in the days of a renewal, the one that lasts longer. */
function onePerKind(certificates: readonly Certificate[]): CertificateSet {
  const byKind = new Map<string, Certificate>()
  for (const certificate of certificates) {
    const other = byKind.get(certificate.keyType)
    if (other === undefined || certificate.notAfter > other.notAfter)
      byKind.set(certificate.keyType, certificate)
  }
  return [...byKind.values()]
}
