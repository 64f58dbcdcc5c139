import type { Outcome } from '../../model/outcome.ts'
import type { Reason } from '../../model/reasons.ts'
import type { Bytes, Ms } from '../../std/units.ts'
import type { UpstreamSearch } from './upstream-search.ts'

/** What is known of a tunnel when it is over. */
export interface TunnelEnd {
  readonly startedWall: number
  readonly durationMs: Ms
  readonly requestId: string
  readonly listener: string
  readonly scheme: 'tcp' | 'tls'
  readonly serverName: string
  readonly peerAddress: string
  readonly reason: Reason | undefined
  readonly detail: string
  readonly receivedBytes: Bytes
  readonly sentBytes: Bytes
}

/** The outcome of a tunnel as access log and metrics read it: there is no route, method, path or status. */
export function tunnelOutcome(end: TunnelEnd, search: UpstreamSearch): Outcome {
  const { cluster, endpoint } = search
  return {
    startedWall: end.startedWall,
    durationMs: end.durationMs,
    requestId: end.requestId,
    listener: end.listener,
    route: '',
    routeSeries: 0,
    cluster: cluster?.id ?? '',
    clusterSeries: cluster?.series ?? 0,
    endpoint: endpoint?.key ?? '',
    protocol: 'TCP',
    scheme: end.scheme,
    method: '',
    host: end.serverName,
    path: '',
    query: '',
    clientAddress: end.peerAddress,
    peerAddress: end.peerAddress,
    status: 0,
    reason: end.reason,
    detail: end.detail,
    grpcStatus: -1,
    requestBytes: end.receivedBytes,
    responseBytes: end.sentBytes,
    attempts: search.attempts,
    upstreamMs: -1,
    connectMs: search.connectMs,
    field: () => undefined,
  }
}
