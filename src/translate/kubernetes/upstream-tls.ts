import type { UpstreamTls } from '../../model/tls.ts'
import type { UpstreamTlsAsked } from './annotations/annotations-read.ts'
import type { ClusterWish } from './cluster-wish.ts'
import type { ObjectFlaw } from './object-problem.ts'
import type { SecretTable } from './secret-table.ts'

interface Surroundings {
  readonly secrets: SecretTable
  /** Endpoints are found by a name, which their certificates have to be for. */
  readonly hasDns: boolean
}

/** TLS towards endpoints; `closed` when something that was asked for cannot be had, and nothing may be sent without it. */
export interface SecuredUpstream {
  readonly tls: UpstreamTls | 'closed'
  readonly flaws: readonly ObjectFlaw[]
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
  const flaws: ObjectFlaw[] = []
  const take = <T>(read: {
    readonly value: T | undefined
    readonly flaws: readonly ObjectFlaw[]
  }): T | undefined => {
    flaws.push(...read.flaws)
    return read.value
  }
  const inNamespace = (name: string | undefined) => (name === undefined ? undefined : { namespace, name })
  const caSecret = inNamespace(asked.caSecret)
  const certificateSecret = inNamespace(asked.certificateSecret)
  const ca = caSecret && take(secrets.authority(caSecret, 'ca'))
  const hasCrl = caSecret !== undefined && secrets.hasRevocations(caSecret)
  const crl = hasCrl ? take(secrets.authority(caSecret, 'crl')) : undefined
  const certificate = certificateSecret && take(secrets.certificate(certificateSecret, namespace))
  const isLacking =
    (caSecret !== undefined && ca === undefined) ||
    (hasCrl && crl === undefined) ||
    (certificateSecret !== undefined && certificate === undefined)
  if (isLacking) return { tls: 'closed', flaws }
  const serverName = asked.serverName !== '' || hasDns ? asked.serverName : `${service}.${namespace}.svc`
  const tls = { verify, serverName, ca, crl, certificate, names, minVersion, maxVersion, ciphers, curves }
  return { tls, flaws }
}
