import type { OpenForCheck } from '../upstream/deps.ts'
import type { Dialer } from './dial.ts'
import { ownHeaderFor } from './proxy-header.ts'

/** Lets health checks connect as traffic does: what only they could reach is not healthy, nor what only they could not. */
export function openForCheck(dialer: Dialer): OpenForCheck {
  return (cluster, endpoint, kind, onReady) =>
    dialer.dial({
      endpoint,
      cluster,
      carries: kind === 'tcp' ? 'bytes' : 'http',
      header: ownHeaderFor(cluster.spec.proxyProtocol),
      reading: undefined,
      onReady,
    }).socket
}
