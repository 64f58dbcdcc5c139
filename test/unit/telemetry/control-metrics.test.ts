import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ControlMetrics } from '../../../src/telemetry/control-metrics.ts'
import { countedIn } from './fixtures/samples.ts'

const none = { errors: 0, warnings: 0 }

describe('ControlMetrics', () => {
  test('tells when a configuration was loaded, and when it last changed', async () => {
    const metrics = new ControlMetrics('0.1.0')

    metrics.configLoaded('ffffffffffffffff', { errors: 0, warnings: 1 }, 10_000)
    metrics.configLoaded('ffffffffffffffff', none, 20_000)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'config_loads_total{result="success"}': 2,
      config_last_load_successful: 1,
      config_last_success_timestamp_seconds: 20,
      config_changed_timestamp_seconds: 10,
      config_hash: 0xffffffffffff,
      'build_info{version="0.1.0"}': 1,
    })
  })

  test('tells that the last one was refused, and what runs all the same', async () => {
    const metrics = new ControlMetrics('0.1.0')

    metrics.configLoaded('0a', none, 10_000)
    metrics.configFailed({ errors: 3, warnings: 0 })

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'config_loads_total{result="success"}': 1,
      'config_loads_total{result="failure"}': 1,
      config_last_success_timestamp_seconds: 10,
      config_changed_timestamp_seconds: 10,
      config_hash: 10,
      'config_problems{severity="error"}': 3,
      'build_info{version="0.1.0"}': 1,
    })
  })

  test('tells that the files are bad for as long as they are, whatever sources tell meanwhile', async () => {
    const metrics = new ControlMetrics('0.1.0')

    metrics.configLoaded('0a', none, 10_000)
    metrics.configFailed({ errors: 3, warnings: 0 })
    metrics.changesLoaded('0b', { errors: 3, warnings: 0 }, 20_000)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'config_loads_total{result="success"}': 2,
      'config_loads_total{result="failure"}': 1,
      config_last_success_timestamp_seconds: 10,
      config_changed_timestamp_seconds: 20,
      config_hash: 11,
      'config_problems{severity="error"}': 3,
      'build_info{version="0.1.0"}': 1,
    })
  })

  test('counts workers', async () => {
    const metrics = new ControlMetrics('0.1.0')

    metrics.workersRunning(2)
    metrics.workerRestarted()
    metrics.logLinesDropped('gateway', 2)

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      workers: 2,
      worker_restarts_total: 1,
      'log_lines_dropped_total{log="gateway"}': 2,
      'build_info{version="0.1.0"}': 1,
    })
  })

  test('tells when certificates expire, and forgets those that are gone', async () => {
    const metrics = new ControlMetrics('0.1.0')

    metrics.certificates([{ file: 'old.crt', names: ['x.test'], notAfter: 1_000 }])
    metrics.certificates([
      { file: 'a.crt', names: ['a.test', 'b.test'], notAfter: 5_000 },
      { file: 'a.crt', names: ['a.test'], notAfter: 7_000 },
      { file: 'b.crt', names: [], notAfter: 9_000 },
    ])

    assert.deepEqual(await countedIn(metrics.snapshot()), {
      'certificate_not_after_seconds{file="a.crt",name="a.test"}': 7,
      'certificate_not_after_seconds{file="b.crt",name=""}': 9,
      'build_info{version="0.1.0"}': 1,
    })
  })
})
