import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Balance } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { closedLoop, shareOf } from '../../support/closed-loop.ts'
import { clusterSpec, endpoint, fakeDeps } from '../../support/clusters.ts'

const ewma: Balance = { kind: 'ewma', decay: 10_000 }

function setUp(balance: Balance, hosts = ['10.0.0.1', '10.0.0.2']) {
  const { clock, deps } = fakeDeps(5)
  const spec = clusterSpec({ balance, endpoints: hosts.map((host) => endpoint(host)) })
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  return { clock, cluster }
}

/** Percent of requests that the slow one of two gets: 5 ms and 100 ms, 32 connections. (mesh.md §2.7) */
function slowShare(balance: Balance): number {
  const { clock, cluster } = setUp(balance)
  const latency = ({ key }: { readonly key: string }): number => (key === '10.0.0.1:80' ? 5 : 100)
  return shareOf(closedLoop({ cluster, clock, connections: 32, durationMs: 5_000, latency }), 1)
}

describe('a closed loop of 32 connections to a fast and a slow endpoint', () => {
  test('round robin gives the slow one half, least request much less, Peak-EWMA least', () => {
    const roundRobin = slowShare({ kind: 'round-robin' })
    const leastRequest = slowShare({ kind: 'least-request' })
    const peakEwma = slowShare(ewma)
    const shares = `${roundRobin} ${leastRequest} ${peakEwma}`

    assert.ok(Math.abs(roundRobin - 50) < 1, shares)
    assert.ok(leastRequest < roundRobin / 4, shares)
    assert.ok(peakEwma < leastRequest / 3, shares)
  })

  test('an endpoint that starts to take 2 s loses its traffic with the first response', () => {
    const { clock, cluster } = setUp(ewma, ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'])
    const slowFrom = clock.now() + 2_000
    const latency = ({ key }: { readonly key: string }, now: number): number =>
      key === '10.0.0.2:80' && now >= slowFrom ? 2_000 : 5
    const starts = closedLoop({ cluster, clock, connections: 32, durationMs: 6_000, latency })

    const ofSlow = (from: number, to: number): number =>
      (starts[1] ?? []).filter((at) => at >= from && at < to).length
    assert.ok(ofSlow(slowFrom - 1_000, slowFrom) > 1_000)
    // Until the first slow response only the requests that wait for it count against it.
    assert.ok(ofSlow(slowFrom, slowFrom + 2_000) <= 32)
    assert.ok(ofSlow(slowFrom + 2_000, slowFrom + 4_000) <= 1)
  })

  test('a new endpoint gets one request before it has answered one', () => {
    const { clock, cluster } = setUp(ewma, ['10.0.0.1'])
    const latency = ({ key }: { readonly key: string }): number => (key === '10.0.0.1:80' ? 5 : 1_000)
    closedLoop({ cluster, clock, connections: 8, durationMs: 100, latency })
    cluster.apply({ ...cluster.spec, endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.9')] })
    const before = clock.now()
    const starts = closedLoop({ cluster, clock, connections: 8, durationMs: 3_000, latency })

    assert.equal((starts[1] ?? []).filter((at) => at < before + 1_000).length, 1)
  })
})
