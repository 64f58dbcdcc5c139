import type { Cluster } from '../../model/cluster.ts'
import type { ClusterExtras, UpstreamTlsAsked } from './annotations/annotations-read.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'

/** How endpoints are spoken to. */
export interface UpstreamProtocol {
  readonly protocol: Cluster['protocol']
  readonly tls: UpstreamTlsAsked | undefined
}

/**
 * What `appProtocol` of a port asks for, and annotations, which win. The names are those of Kubernetes (KEP-3726) and those of
 * gRPC and HTTP that are in use; any other says nothing, and HTTP/1.1 is spoken.
 */
export function upstreamProtocol(appProtocol: string, extras: ClusterExtras): UpstreamProtocol {
  const asked = known.get(appProtocol.toLowerCase()) ?? plain
  const tls = extras.tls ?? (asked.isSecure ? extras.tlsWhenAsked : undefined)
  return { protocol: extras.protocol ?? asked.protocol, tls: tls === 'off' ? undefined : tls }
}

const plain = { protocol: 'http/1.1', isSecure: false } as const

const known = new Map<string, { readonly protocol: Cluster['protocol']; readonly isSecure: boolean }>([
  ['https', { protocol: 'http/1.1', isSecure: true }],
  ['h2c', { protocol: 'h2', isSecure: false }],
  ['kubernetes.io/h2c', { protocol: 'h2', isSecure: false }],
  ['grpc', { protocol: 'h2', isSecure: false }],
  ['grpcs', { protocol: 'h2', isSecure: true }],
  ['kubernetes.io/wss', { protocol: 'http/1.1', isSecure: true }],
])

/** What a cluster may say of itself besides its protocol. */
type Shape = ClusterExtras['shape']

/** The settings of a cluster without those that its protocol rules out, which only `appProtocol` can bring about. */
export function fittingShape(
  protocol: Cluster['protocol'],
  shape: Shape,
): { readonly shape: Shape; readonly flaws: readonly ObjectFlaw[] } {
  switch (protocol) {
    case 'h2': {
      if (shape.proxyProtocol === 'off') return { shape, flaws: [] }
      const message =
        'a header of the PROXY protocol tells of one client, and connections of HTTP/2 carry many: none is sent'
      const remedy = 'remove one of "proxy-protocol" and "appProtocol"'
      return {
        shape: { ...shape, proxyProtocol: 'off' },
        flaws: [refused('ClusterSettingsConflict', message, remedy)],
      }
    }
    case 'http/1.1': {
      if (shape.health?.kind !== 'grpc') return { shape, flaws: [] }
      const message =
        'a health check by gRPC needs HTTP/2, and the port speaks HTTP/1.1: endpoints are not checked'
      const remedy = 'write "appProtocol: grpc" at the port of the Service'
      return {
        shape: { ...shape, health: undefined },
        flaws: [refused('ClusterSettingsConflict', message, remedy)],
      }
    }
  }
}
