import type { Origin } from '../../model/origin.ts'
import type { Problem } from '../../model/problem.ts'
import type { Locate } from '../../model/validate.ts'
import { closest } from '../../std/closest.ts'
import { quoted } from '../../std/quoted.ts'
import type { ConfigPieces } from '../read/config-file.ts'
import type { NativeKubernetes } from '../schema/kubernetes.ts'
import type { NativeListener } from '../schema/listener.ts'

/** What holds between files and the sources they name: which listeners these are served on, and who brings the certificates. */
export function checkSources(pieces: ConfigPieces, locate: Locate): readonly Problem[] {
  const kubernetes = pieces.settings.get('kubernetes')
  if (kubernetes === undefined) return checkCertificates(pieces, locate)
  return kubernetes.isSound
    ? checkListeners(kubernetes.value as NativeKubernetes, kubernetes.origin, pieces)
    : []
}

/** A listener with TLS has a certificate, unless a source brings some. */
function checkCertificates({ listeners }: ConfigPieces, locate: Locate): readonly Problem[] {
  return listeners.flatMap(({ value, origin }) => {
    if (value?.tls === undefined || hasCertificate(value.tls)) return []
    return {
      severity: 'error',
      origin: locate(origin, 'tls', ''),
      message: 'tls has no certificate',
      remedy: 'add "certificates: [{ cert: FILE, key: FILE }]", or "passthrough"',
    }
  })
}

function hasCertificate({ certificates, hosts, passthrough }: NonNullable<NativeListener['tls']>): boolean {
  if (certificates.length > 0 || passthrough.length > 0) return true
  return hosts.length > 0 && hosts.every((host) => host.certificates.length > 0)
}

function checkListeners(
  { listeners }: NativeKubernetes,
  origin: Origin,
  pieces: ConfigPieces,
): readonly Problem[] {
  const known = new Map(pieces.listeners.map(({ value }) => [value?.name, value]))
  if (known.has(undefined)) return []
  return listeners.flatMap((name) => {
    const listener = known.get(name)
    if (listener !== undefined && listener.tcp === undefined) return []
    const names = [...known.values()].flatMap((one) => (one === undefined || one.tcp ? [] : [one.name]))
    const near = closest(name, names)
    const what = listener === undefined ? 'does not exist' : 'carries TCP, and no Ingress applies to it'
    return {
      severity: 'error',
      origin,
      message: `listener ${quoted(name)} of "kubernetes" ${what}`,
      remedy: near === undefined ? 'write the name of a listener of HTTP' : `write ${quoted(near)}`,
    }
  })
}
