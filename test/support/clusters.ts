import type { Cluster as ClusterSpec, EndpointSpec } from '../../src/model/cluster.ts'
import type { RequestView } from '../../src/model/request-view.ts'
import type { UpstreamDeps } from '../../src/upstream/deps.ts'
import type { Endpoint } from '../../src/upstream/endpoint.ts'
import type { UpstreamEvent } from '../../src/upstream/events.ts'
import type { PooledConnection } from '../../src/upstream/pool.ts'
import { FakeClock } from './fake-clock.ts'

/** `"10.0.0.1"`, weight and priority. */
export function endpoint(host: string, weight = 1, priority = 0): EndpointSpec {
  return { address: { kind: 'tcp', host, port: 80 }, weight, priority }
}

/** A cluster of `10.0.0.1` to `10.0.0.3` without checks or limits, changed by what is given. */
export function clusterSpec(changes: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    id: 'web',
    origin: { source: 'builtin', file: '', line: 0, column: 0, field: '' },
    hash: '1',
    endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.2'), endpoint('10.0.0.3')],
    dns: undefined,
    protocol: 'http/1.1',
    tls: undefined,
    proxyProtocol: 'off',
    balance: { kind: 'round-robin' },
    sticky: undefined,
    connectTimeout: 5_000,
    pool: { idle: 4_000, age: 600_000, idleConnections: 100 },
    limits: { connections: 0, pending: 0, requests: 0, streams: 0 },
    health: undefined,
    outlier: { consecutiveFailures: 5, baseEjection: 10_000, maxEjection: 300_000, maxEjectedPercent: 50 },
    slowStart: 0,
    panicThreshold: 50,
    host: 'pass',
    ...changes,
  }
}

/** A request to `/` from `203.0.113.7` with these header fields. */
export function view(
  fields: Readonly<Record<string, string>> = {},
  clientAddress = '203.0.113.7',
): RequestView {
  return {
    listener: 'web',
    method: 'GET',
    host: 'shop.test',
    path: '/',
    query: '',
    clientAddress,
    field: (name) => fields[name],
  }
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Dependencies on a fake clock that keep the events. */
export function fakeDeps(seed = 1) {
  const clock = new FakeClock()
  const events: UpstreamEvent[] = []
  const deps: UpstreamDeps = {
    clock,
    random: seededRandom(seed),
    resolve: async () => ({ kind: 'failed', cause: 'no resolver' }),
    probe: async () => '',
    onEvent: (event) => events.push(event),
    series: () => 0,
  }
  return { clock, events, deps }
}

/** A connection without a socket. */
export class FakeConnection implements PooledConnection {
  readonly endpoint: Endpoint
  readonly openedAt: number
  idleSince = 0
  usable = true
  closed = 0
  readonly #onClose: () => void

  constructor(endpoint: Endpoint, openedAt: number, onClose: () => void = () => {}) {
    this.endpoint = endpoint
    this.openedAt = openedAt
    this.#onClose = onClose
  }

  close(): void {
    if (this.closed++ > 0) return
    this.usable = false
    this.#onClose()
  }
}
