import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GrpcMetrics } from '../../../src/telemetry/grpc-metrics.ts'
import type { TableSnapshot } from '../../../src/telemetry/metrics-snapshot.ts'
import { SeriesTable } from '../../../src/telemetry/series-table.ts'
import { outcomeOf } from './fixtures/outcome.ts'

const routes = new SeriesTable(1, 100)
const routeSeries = routes.row('shop')

/** How often each row counted, all codes together. */
function counts({ ids, cells }: TableSnapshot): Record<string, number> {
  const width = cells.length / Math.max(1, ids.length)
  const sum = (row: number) => cells.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0)
  return Object.fromEntries(ids.map((id, row) => [id, sum(row)]))
}

function call(path: string, grpcStatus = 0, attempts = 1) {
  return outcomeOf({ method: 'POST', path, grpcStatus, attempts, route: 'shop', routeSeries })
}

describe('the counts of gRPC', () => {
  test('have rows only for what was called', () => {
    const metrics = new GrpcMetrics(100, routes)

    metrics.count(call('/a.B/C'))
    metrics.count(call('/a.B/C', 14))

    const { grpc_route, grpc_method } = metrics.snapshot()
    assert.deepEqual([counts(grpc_route), counts(grpc_method)], [{ shop: 2 }, { 'a.B/C': 2 }])
  })

  test('keep no name that no endpoint knew', () => {
    const metrics = new GrpcMetrics(100, routes)

    for (const outcome of [
      call('/a.B/C', 12),
      call('/a.B/C', 14, 0),
      call('/a b/C'),
      call('/a'),
      call('/a.B/C/D'),
    ])
      metrics.count(outcome)

    assert.deepEqual(counts(metrics.snapshot().grpc_method), { '(other)': 5 })
  })

  test('give at most 200 methods a row', () => {
    const metrics = new GrpcMetrics(100, routes)

    for (let i = 0; i < 1000; i++) metrics.count(call(`/a.B/M${i}`))

    const { grpc_method } = metrics.snapshot()
    assert.ok(grpc_method.ids.length <= 200)
    assert.equal(counts(grpc_method)['(other)'], 1000 - (grpc_method.ids.length - 1))
    assert.ok((metrics.overflows[1] ?? 0) > 0)
  })

  test('have one column for all codes that are none', () => {
    const metrics = new GrpcMetrics(100, routes)

    metrics.count(call('/a.B/C', 17))
    metrics.count(call('/a.B/C', 9999))

    const { cells } = metrics.snapshot().grpc_method
    assert.equal(cells.at(-1), 2)
  })

  test('give a route that is gone no row again', () => {
    const all = new SeriesTable(1, 100)
    const gone = { ...call('/a.B/C'), routeSeries: all.row('shop') }
    const metrics = new GrpcMetrics(100, all)

    metrics.count(gone)
    all.retire('shop')
    metrics.retireRoute('shop')
    metrics.count(gone)
    all.snapshot()
    const last = metrics.snapshot().grpc_route
    metrics.count(gone)

    assert.deepEqual([counts(last), counts(metrics.snapshot().grpc_route)], [{ shop: 2 }, {}])
  })
})
