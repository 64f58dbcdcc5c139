import type { Cluster } from '../../src/upstream/cluster.ts'
import type { Endpoint } from '../../src/upstream/endpoint.ts'
import { view } from './clusters.ts'
import type { FakeClock } from './fake-clock.ts'

/** A load of clients that each send the next request when the last one is answered. */
export interface ClosedLoop {
  readonly cluster: Cluster
  readonly clock: FakeClock
  readonly connections: number
  readonly durationMs: number
  /** How long an endpoint takes for a request that starts at `now`. */
  readonly latency: (endpoint: Endpoint, now: number) => number
}

/** Runs it on the fake clock; returns when each endpoint was given its requests, by index. */
export function closedLoop({ cluster, clock, connections, durationMs, latency }: ClosedLoop): number[][] {
  const starts: number[][] = cluster.endpoints.map(() => [])
  const end = clock.now() + durationMs
  const send = (): void => {
    const now = clock.now()
    const picked = cluster.pick(view(), [])
    if (picked === undefined || now >= end) return
    starts[cluster.endpoints.indexOf(picked)]?.push(now)
    picked.begin(now)
    clock.setTimeout(
      () => {
        picked.end(clock.now(), now, 'success')
        send()
      },
      latency(picked, now),
    )
  }
  for (let i = 0; i < connections; i++) send()
  clock.advance(durationMs + 10_000)
  return starts
}

/** The share of one endpoint in percent. */
export function shareOf(starts: readonly (readonly number[])[], index: number): number {
  const all = starts.reduce((sum, { length }) => sum + length, 0)
  return (100 * (starts[index]?.length ?? 0)) / all
}
