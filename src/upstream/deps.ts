import type { Socket } from 'node:net'
import type { HealthCheck } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Resolve } from './dns/resolve.ts'
import type { Endpoint, EndpointOwner } from './endpoint.ts'
import type { UpstreamEvent } from './events.ts'
import type { Probe } from './probe.ts'

/** What clusters need of the world. */
export interface UpstreamDeps {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Finds the addresses of a name: `systemResolve()`. */
  readonly resolve: Resolve
  /** Checks an endpoint's health: `networkProbe`. */
  readonly probe: Probe
  /** Opens a connection for a check as traffic does; without it, checks connect plainly. */
  readonly open?: OpenForCheck
  readonly onEvent: (event: UpstreamEvent) => void
  /** The metric row of a cluster. */
  readonly series: (id: string) => number
}

/** Opens a connection to an endpoint of a cluster, and calls `onReady` when it stands. */
export type OpenForCheck = (
  cluster: EndpointOwner,
  endpoint: Endpoint,
  kind: HealthCheck['kind'],
  onReady: () => void,
) => Socket
