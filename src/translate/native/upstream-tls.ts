import type { Origin } from '../../model/origin.ts'
import type { UpstreamTls } from '../../model/tls.ts'
import { defaultOf } from '../read/value.ts'
import type { NativeCluster } from '../schema/cluster.ts'
import { type NativeUpstreamTls, upstreamTlsSettings } from '../schema/upstream-tls.ts'
import type { Materials, Place } from './materials.ts'

/** TLS towards the endpoints of a cluster as the model has it. */
export function upstreamTls(
  native: NativeCluster['tls'],
  piece: Origin,
  materials: Materials,
): UpstreamTls | undefined {
  if (native === undefined || native === 'off') return undefined
  const settings = native === 'on' ? (defaultOf(upstreamTlsSettings) as NativeUpstreamTls) : native
  const { verify, serverName, names, ciphers = [], curves = [], certificate } = settings
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = settings
  const place: Place = { piece, field: 'tls' }
  materials.checkNames(ciphers, curves, place)
  return {
    verify,
    serverName,
    ca: materials.ca(settings.ca, place),
    crl: materials.crl(settings.crl, place),
    certificate: certificate === undefined ? undefined : materials.certificate(certificate, place),
    names,
    minVersion,
    maxVersion,
    ciphers,
    curves,
  }
}
