import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ControlMetrics } from '../../../src/telemetry/control-metrics.ts'
import {
  type MetricsSnapshot,
  mergeSnapshots,
  withoutGauges,
} from '../../../src/telemetry/metrics-snapshot.ts'
import { TrafficMetrics } from '../../../src/telemetry/traffic-metrics.ts'
import { outcomeOf } from './fixtures/outcome.ts'
import { countedIn } from './fixtures/samples.ts'

/** A worker that had some requests on some routes, and still has a connection open. */
function workerSnapshot(routes: readonly string[]): MetricsSnapshot {
  const metrics = new TrafficMetrics()
  const idle = { cluster: '', attempts: 0, upstreamMs: -1, durationMs: 0, responseBytes: 0 }
  metrics.connectionAccepted(metrics.listenerSeries('web'))
  for (const route of routes) metrics.onEnd(outcomeOf({ ...idle, routeSeries: metrics.routeSeries(route) }))
  return metrics.snapshot()
}

async function requestsIn(snapshot: MetricsSnapshot): Promise<Record<string, number>> {
  const counted = Object.entries(await countedIn(snapshot))
  return Object.fromEntries(counted.filter(([name]) => name.startsWith('requests_total')))
}

describe('mergeSnapshots', () => {
  test('adds up routes by id, wherever their rows are', async () => {
    const merged = mergeSnapshots([workerSnapshot(['a', 'b', 'b']), workerSnapshot(['b', 'c'])])

    assert.deepEqual(await requestsIn(merged), {
      'requests_total{route="a",status_class="2xx"}': 1,
      'requests_total{route="b",status_class="2xx"}': 3,
      'requests_total{route="c",status_class="2xx"}': 1,
    })
  })

  test('adds gauges of which every worker has a part, and takes the largest of the others', async () => {
    const api = { endpoints: 3, unavailable: 1, idleConnections: 0, activeRequests: 0, pendingRequests: 0 }
    const [one, two] = [new TrafficMetrics(), new TrafficMetrics()]
    one.describeCluster(one.clusterSeries('api'), { ...api, connections: 5 })
    two.describeCluster(two.clusterSeries('api'), { ...api, connections: 7, unavailable: 2 })

    const merged = mergeSnapshots([one.snapshot(), two.snapshot()])

    assert.deepEqual(await countedIn(merged), {
      'upstream_endpoints{cluster="api"}': 3,
      'upstream_endpoints_unavailable{cluster="api"}': 2,
      'upstream_connections{cluster="api"}': 12,
    })
  })

  test('takes what only one process knows from that one', async () => {
    const control = new ControlMetrics('1.2.3')
    control.configLoaded('00000000000f', { errors: 0, warnings: 2 }, 5000)

    const counted = await countedIn(mergeSnapshots([workerSnapshot([]), control.snapshot()]))

    assert.equal(counted['config_hash'], 15)
    assert.equal(counted['build_info{version="1.2.3"}'], 1)
    assert.equal(counted['connections_active{listener="web"}'], 1)
  })

  test('of nothing is empty', () => {
    const { route, process } = mergeSnapshots([])

    assert.deepEqual([route.ids, route.cells.length, process.ids], [[], 0, []])
  })

  test('stays bounded: the names of the first snapshots share a row when there are too many', async () => {
    const ids = (prefix: string) => Array.from({ length: 9000 }, (_, i) => `${prefix}${i}`)

    const merged = mergeSnapshots([
      workerSnapshot(ids('a')),
      workerSnapshot(ids('b')),
      workerSnapshot(ids('c')),
    ])

    assert.equal(merged.route.ids.length, 20_001)
    assert.ok(ids('c').every((id) => merged.route.ids.includes(id)))
    const requests = await requestsIn(merged)
    assert.equal(requests['requests_total{route="(other)",status_class="2xx"}'], 7000)
  })
})

describe('withoutGauges', () => {
  test('keeps what a dead worker counted, so that no counter falls', async () => {
    const last = workerSnapshot(['a'])

    const merged = mergeSnapshots([withoutGauges(last), workerSnapshot(['a'])])

    assert.deepEqual(await requestsIn(merged), { 'requests_total{route="a",status_class="2xx"}': 2 })
  })

  test('forgets what was open in a dead worker', async () => {
    const counted = await countedIn(withoutGauges(workerSnapshot([])))

    assert.deepEqual(counted, { 'connections_accepted_total{listener="web"}': 1 })
  })
})
