import type { UpstreamTls } from '../../model/tls.ts'
import type { UpstreamSecret, UpstreamTlsAsked } from './annotations/annotations-read.ts'
import type { ClusterFlaw, ClusterWish } from './cluster-wish.ts'
import type { SecretRead, SecretTable } from './secret-table.ts'

interface Surroundings {
  readonly secrets: SecretTable
  /** Endpoints are found by a name, which their certificates have to be for. */
  readonly hasDns: boolean
}

/** TLS towards endpoints; `closed` when something that was asked for cannot be had, and nothing may be sent without it. */
export interface SecuredUpstream {
  readonly tls: UpstreamTls | 'closed'
  readonly flaws: readonly ClusterFlaw[]
}

/**
 * TLS towards the endpoints of a Service. Certificates are verified unless annotations say otherwise, and are then for
 * `SERVICE.NAMESPACE.svc`: addresses of pods come and go, and no certificate names them.
 */
export function upstreamTls(
  asked: UpstreamTlsAsked,
  { namespace, service }: ClusterWish,
  { secrets, hasDns }: Surroundings,
): SecuredUpstream {
  const { verify, names, minVersion, maxVersion, ciphers, curves } = asked
  const found: ClusterFlaw[] = []
  const take = <T>(secret: UpstreamSecret, { value, flaws }: SecretRead<T>): T | undefined => {
    for (const flaw of flaws) found.push({ ...flaw, secret })
    return value
  }
  const inNamespace = (name: string | undefined) => (name === undefined ? undefined : { namespace, name })
  const caSecret = inNamespace(asked.caSecret)
  const certificateSecret = inNamespace(asked.certificateSecret)
  const ca = caSecret && take('caSecret', secrets.authority(caSecret, 'ca'))
  const hasCrl = caSecret !== undefined && secrets.hasRevocations(caSecret)
  const crl = hasCrl ? take('caSecret', secrets.authority(caSecret, 'crl')) : undefined
  const certificate =
    certificateSecret && take('certificateSecret', secrets.certificate(certificateSecret, namespace))
  const isLacking =
    (caSecret !== undefined && ca === undefined) ||
    (hasCrl && crl === undefined) ||
    (certificateSecret !== undefined && certificate === undefined)
  const isBoth = asked.caSecret !== undefined && asked.caSecret === asked.certificateSecret
  const flaws = isBoth ? toldOnce(found, `-n ${namespace} create secret generic ${asked.caSecret}`) : found
  if (isLacking) return { tls: 'closed', flaws }
  const serverName = asked.serverName !== '' || hasDns ? asked.serverName : `${service}.${namespace}.svc`
  const tls = { verify, serverName, ca, crl, certificate, names, minVersion, maxVersion, ciphers, curves }
  return { tls, flaws }
}

/** What is wrong with a Secret that holds all: not once for each part of it, and with a command that creates it whole. */
function toldOnce(flaws: readonly ClusterFlaw[], create: string): readonly ClusterFlaw[] {
  const remedy = `create it: "kubectl ${create} --from-file=tls.crt=FILE --from-file=tls.key=FILE --from-file=ca.crt=FILE"`
  const byMessage = new Map<string, ClusterFlaw>()
  for (const flaw of flaws) {
    if (byMessage.has(flaw.message)) continue
    byMessage.set(flaw.message, flaw.reason === 'SecretNotFound' ? { ...flaw, remedy } : flaw)
  }
  return [...byMessage.values()]
}
