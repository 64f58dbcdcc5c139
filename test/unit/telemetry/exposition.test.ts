import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Counting } from '../../../src/extend/counting.ts'
import { ControlMetrics } from '../../../src/telemetry/control-metrics.ts'
import { renderMetrics } from '../../../src/telemetry/exposition.ts'
import { extensionSnapshot } from '../../../src/telemetry/extension-metrics.ts'
import { metricFacts } from '../../../src/telemetry/metric-facts.ts'
import { type MetricsSnapshot, mergeSnapshots } from '../../../src/telemetry/metrics-snapshot.ts'
import { ProcessMetrics } from '../../../src/telemetry/process-metrics.ts'
import { TrafficMetrics } from '../../../src/telemetry/traffic-metrics.ts'
import { find } from '../../support/packages.ts'
import { outcomeOf } from './fixtures/outcome.ts'
import { samplesOf } from './fixtures/samples.ts'

/** A gateway that has seen some of everything. */
async function busySnapshot(routes: number): Promise<MetricsSnapshot> {
  const traffic = new TrafficMetrics()
  using process = new ProcessMetrics(1_700_000_000_000)
  process.start()
  traffic.connectionAccepted(traffic.listenerSeries('web'))
  for (let i = 0; i < routes; i += 1) {
    const series = {
      route: `route ${i}`,
      routeSeries: traffic.routeSeries(`route ${i}`),
      clusterSeries: traffic.clusterSeries(`c${i % 7}`),
    }
    traffic.onEnd(outcomeOf({ ...series, durationMs: i, status: 200 + (i % 400) }))
    traffic.onEnd(outcomeOf({ ...series, path: `/shop.Cart/M${i}`, grpcStatus: i % 20 }))
  }
  const control = new ControlMetrics('0.1.0')
  control.configLoaded('0123456789abcdef', { errors: 0, warnings: 1 }, 1_700_000_000_000)
  control.certificates([{ file: 'certs/a "b".crt', names: ['a.test'], notAfter: 1_700_000_000_000 }])
  const source = {
    name: 'kubernetes ingresses',
    state: 'current',
    objects: 2,
    heardAt: 1_700_000_000_000,
  } as const
  control.sources([{ ...source, errors: 1, relists: 0, lastError: '' }], true)
  traffic.compressed({ id: 'shop', series: traffic.routeSeries('shop') }, 'br', 5000, 700)
  const extensions = extensionSnapshot([{ label: './a.ts', counters: new Counting(), runners: [] }])
  return mergeSnapshots([traffic.snapshot(), control.snapshot(), extensions, await process.snapshot()])
}

describe('renderMetrics', () => {
  const promtool = find('promtool')
  test('writes what promtool finds nothing to say about', {
    skip: promtool === undefined && 'promtool is missing: apt-get install prometheus',
  }, async () => {
    const input = await renderMetrics(await busySnapshot(500))

    const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    })

    assert.deepEqual([status, stdout, stderr], [0, '', ''])
  })

  test('writes help and type once for every metric, however many rows there are', async () => {
    const text = await renderMetrics(await busySnapshot(500))

    const helps = text.split('\n').flatMap((line) => /^# HELP (\S+)/.exec(line)?.[1] ?? [])
    assert.deepEqual(
      helps,
      metricFacts.map(({ name }) => name),
    )
  })

  test('writes every row and no sample twice', async () => {
    const text = await renderMetrics(await busySnapshot(500))

    const names = text
      .split('\n')
      .flatMap((line) => /^(tidegate_\S*\{.*\}|tidegate_\S*) /.exec(line)?.[1] ?? [])
    assert.equal(new Set(names).size, names.length)
    assert.equal(
      names.filter((name) => name.startsWith('tidegate_request_duration_seconds_count')).length,
      500,
    )
  })

  test('escapes what operators call their routes', async () => {
    const metrics = new TrafficMetrics()
    metrics.onEnd(outcomeOf({ routeSeries: metrics.routeSeries('a"b\\c\nd') }))

    const text = await renderMetrics(metrics.snapshot())

    assert.match(text, /tidegate_request_bytes_total\{route="a\\"b\\\\c\\nd"\} 0\n/)
  })

  test('measures this process', async () => {
    const samples = await samplesOf(await busySnapshot(1))

    assert.ok((samples.get('resident_memory_bytes') ?? 0) > 1_000_000)
    assert.ok((samples.get('open_fds') ?? 0) >= 3)
    assert.ok((samples.get('cpu_seconds_total') ?? 0) > 0)
    assert.equal(samples.get('start_timestamp_seconds'), 1_700_000_000)
  })
})
