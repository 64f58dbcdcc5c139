import type { ObjectName } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import { Flaw, noSecrets } from '../format/flaw.ts'
import { kubernetesName, objectName } from '../format/kubernetes.ts'
import { coversHost } from './host-patterns.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { IngressTls } from './objects.ts'

/** An entry of `spec.tls`. */
export interface TlsRead {
  /** `spec.tls[0].secretName`. */
  readonly field: string
  /** Its hosts, with the field that names each: those of the rules when it has none. */
  readonly names: ReadonlyMap<string, string>
  /** `undefined` when it names none, which asks for TLS with whatever certificate there is. `namespace` `""` is that of the Ingress. */
  readonly secret: ObjectName | undefined
}

const secretAnnotation = 'metadata.annotations[tidegate.dev/tls-secret]'

/** What reading an entry needs of the rest. */
interface TlsReading {
  readonly ruleHosts: readonly string[]
  /** For entries that name none. */
  readonly secret: ObjectName | undefined
  readonly tell: (field: string, flaw: ObjectFlaw) => void
  /** The host, or `undefined` after it told what is wrong. */
  readonly host: (written: string, field: string) => string | undefined
}

/** Reads `spec.tls`. */
export function readTls(entries: readonly IngressTls[], reading: TlsReading): readonly TlsRead[] {
  return entries.map(({ hosts, secretName }, index) => {
    const at = `spec.tls[${index}]`
    const names = new Map<string, string>()
    for (const [place, written] of hosts.entries()) {
      const field = `${at}.hosts[${place}]`
      const host = reading.host(written, field)
      if (host !== undefined && !names.has(host)) names.set(host, field)
    }
    if (hosts.length === 0) for (const host of reading.ruleHosts) names.set(host, at)
    const field = secretName === '' && reading.secret !== undefined ? secretAnnotation : `${at}.secretName`
    const secret =
      secretName === '' ? reading.secret : secretOf(secretName, (flaw) => reading.tell(field, flaw))
    return { field, names, secret }
  })
}

function secretOf(written: string, tell: (flaw: ObjectFlaw) => void): ObjectName | undefined {
  const own = kubernetesName.read(written, noSecrets)
  if (!(own instanceof Flaw)) return { namespace: '', name: own }
  const name = written.includes('/') ? objectName.read(written, noSecrets) : own
  if (!(name instanceof Flaw)) return name
  tell(refused('SecretNotFound', `secretName ${quoted(written)} ${name.message}`, name.remedy))
  return undefined
}

/** Whether `spec.tls` covers a host of a rule: names it, or the wildcard it is in. */
export function tlsCovers(entries: readonly TlsRead[], host: string): boolean {
  return entries.some(
    ({ names }) =>
      names.has(host) || [...names.keys()].some((name) => name !== '*' && coversHost(name, host)),
  )
}
