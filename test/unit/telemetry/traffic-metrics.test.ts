import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { TrafficMetrics } from '../../../src/telemetry/traffic-metrics.ts'
import { outcomeOf } from './fixtures/outcome.ts'
import { countedIn, samplesOf } from './fixtures/samples.ts'

const local = { cluster: '', endpoint: '', attempts: 0, upstreamMs: -1 } as const

describe('TrafficMetrics counts', () => {
  test('a proxied request by route and by cluster', async () => {
    const metrics = new TrafficMetrics()
    const series = { routeSeries: metrics.routeSeries('shop'), clusterSeries: metrics.clusterSeries('api') }

    metrics.onEnd(outcomeOf({ ...series, durationMs: 3, upstreamMs: 2, requestBytes: 10, attempts: 2 }))

    const samples = await samplesOf(metrics.snapshot())
    const expected = {
      'requests_total{route="shop",status_class="2xx"}': 1,
      'request_duration_seconds_sum{route="shop"}': 0.003,
      'request_duration_seconds_count{route="shop"}': 1,
      'request_bytes_total{route="shop"}': 10,
      'response_bytes_total{route="shop"}': 123,
      'upstream_requests_total{cluster="api",status_class="2xx"}': 1,
      'upstream_attempts_total{cluster="api"}': 2,
      'upstream_latency_seconds_sum{cluster="api"}': 0.002,
    }
    const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))
    assert.deepEqual(seen, expected)
  })

  test('a request without a route, and why', async () => {
    const metrics = new TrafficMetrics()

    metrics.onEnd(outcomeOf({ ...local, status: 404, reason: 'no_route_host' }))

    const counted = await countedIn(metrics.snapshot())
    assert.equal(counted['requests_total{route="(none)",status_class="4xx"}'], 1)
    assert.equal(counted['local_responses_total{reason="no_route_host"}'], 1)
    assert.deepEqual(
      Object.keys(counted).filter((name) => name.startsWith('upstream')),
      [],
    )
  })

  test('a tunnel by listener and cluster, and as no request', async () => {
    const metrics = new TrafficMetrics()
    const listener = metrics.listenerSeries('tcp')
    const tunnel = { protocol: 'TCP', scheme: 'tcp', status: 0, route: '', upstreamMs: -1 } as const

    metrics.tunnelReceived(listener, 10)
    metrics.tunnelSent(listener, 20)
    metrics.tunnelEnded(listener, 'failed')
    metrics.onEnd(
      outcomeOf({
        ...tunnel,
        clusterSeries: metrics.clusterSeries('api'),
        attempts: 3,
        reason: 'tunnel_idle',
      }),
    )

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'tunnel_received_bytes_total{listener="tcp"}': 10,
      'tunnel_sent_bytes_total{listener="tcp"}': 20,
      'tunnels_total{listener="tcp",result="failed"}': 1,
      'upstream_attempts_total{cluster="api"}': 3,
      'local_responses_total{reason="tunnel_idle"}': 1,
    })
  })

  const classes = [
    [101, '1xx'],
    [204, '2xx'],
    [304, '3xx'],
    [499, '4xx'],
    [599, '5xx'],
    [999, '5xx'],
  ] as const
  for (const [status, statusClass] of classes) {
    test(`status ${status} as ${statusClass}`, async () => {
      const metrics = new TrafficMetrics()

      metrics.onEnd(outcomeOf({ ...local, status }))

      const counted = await countedIn(metrics.snapshot())
      assert.equal(counted[`requests_total{route="(none)",status_class="${statusClass}"}`], 1)
    })
  }

  test('a duration into every bucket it fits, bounds included', async () => {
    const metrics = new TrafficMetrics()
    const routeSeries = metrics.routeSeries('r')

    for (const durationMs of [0, 0.5, 0.6, 30_000, 30_001])
      metrics.onEnd(outcomeOf({ routeSeries, durationMs }))

    const samples = await samplesOf(metrics.snapshot())
    const buckets = ['0.0005', '0.001', '10', '30', '+Inf'].map((le) =>
      samples.get(`request_duration_seconds_bucket{route="r",le="${le}"}`),
    )
    assert.deepEqual(buckets, [2, 3, 3, 4, 5])
  })

  test('connections by listener, with those that are open', async () => {
    const metrics = new TrafficMetrics()
    const web = metrics.listenerSeries('web')

    metrics.connectionAccepted(web)
    metrics.connectionAccepted(web)
    metrics.connectionClosed(web)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'connections_accepted_total{listener="web"}': 2,
      'connections_closed_total{listener="web"}': 1,
      'connections_active{listener="web"}': 1,
    })
  })

  test('what happens on the way upstream', async () => {
    const metrics = new TrafficMetrics()
    const api = metrics.clusterSeries('api')

    metrics.upstreamConnected(api, 20)
    metrics.upstreamConnectFailed(api)
    metrics.upstreamReused(api)
    metrics.retried('connect')
    metrics.retried('reused')
    metrics.retryBudgetExhausted(api)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'upstream_connects_total{cluster="api"}': 1,
      'upstream_connect_failures_total{cluster="api"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="0.05"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="0.1"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="0.25"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="1"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="5"}': 1,
      'upstream_connect_duration_seconds_bucket{cluster="api",le="+Inf"}': 1,
      'upstream_connect_duration_seconds_sum{cluster="api"}': 0.02,
      'upstream_connect_duration_seconds_count{cluster="api"}': 1,
      'upstream_reused_connections_total{cluster="api"}': 1,
      'upstream_retry_budget_exhausted_total{cluster="api"}': 1,
      'retries_total{reason="connect"}': 1,
      'retries_total{reason="reused"}': 1,
    })
  })

  test('faults, dropped fields and dropped lines', async () => {
    const metrics = new TrafficMetrics()

    metrics.protocolFault('bad_framing')
    metrics.fieldsDropped(3)
    metrics.logLinesDropped('access', 5)
    metrics.logLinesDropped('gateway', 1)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'protocol_faults_total{reason="bad_framing"}': 1,
      dropped_fields_total: 3,
      'log_lines_dropped_total{log="access"}': 5,
      'log_lines_dropped_total{log="gateway"}': 1,
    })
  })

  test('what a cluster looks like now', async () => {
    const metrics = new TrafficMetrics()
    const gauges = {
      endpoints: 6,
      unavailable: 5,
      connections: 4,
      idleConnections: 3,
      activeRequests: 2,
      pendingRequests: 1,
    }

    metrics.describeCluster(metrics.clusterSeries('api'), gauges)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'upstream_endpoints{cluster="api"}': 6,
      'upstream_endpoints_unavailable{cluster="api"}': 5,
      'upstream_connections{cluster="api"}': 4,
      'upstream_idle_connections{cluster="api"}': 3,
      'upstream_active_requests{cluster="api"}': 2,
      'upstream_pending_requests{cluster="api"}': 1,
    })
  })

  test('names above the cap together, and how many they are', async () => {
    const metrics = new TrafficMetrics(3)

    for (const id of ['a', 'b', 'c'])
      metrics.onEnd(outcomeOf({ ...local, routeSeries: metrics.routeSeries(id) }))

    const counted = await countedIn(metrics.snapshot())
    assert.equal(counted['requests_total{route="(other)",status_class="2xx"}'], 2)
    assert.equal(counted['metric_series_overflow_total{kind="route"}'], 2)
  })
})

describe('TrafficMetrics', () => {
  test('takes no memory for a request, once the code is compiled', async () => {
    const metrics = new TrafficMetrics()
    const outcome = outcomeOf({ routeSeries: metrics.routeSeries('r'), reason: 'no_endpoints' })
    const grownBy = () => {
      collectGarbage()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 100_000; i += 1) metrics.onEnd(outcome)
      return process.memoryUsage().heapUsed - before
    }

    // A number of 16 bytes for each would be 1.6 MB.
    const grown: number[] = []
    for (let round = 0; round < 20; round += 1) {
      grown.push(grownBy())
      await setImmediate()
    }

    assert.ok(Math.min(...grown) < 500_000, grown.join(' '))
  })

  test('survives a structured clone', async () => {
    const metrics = new TrafficMetrics()
    metrics.onEnd(outcomeOf({ routeSeries: metrics.routeSeries('r') }))
    const snapshot = metrics.snapshot()

    assert.deepEqual(await countedIn(structuredClone(snapshot)), await countedIn(snapshot))
  })
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
