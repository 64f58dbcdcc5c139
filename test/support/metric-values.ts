import { type Reason, reasons } from '../../src/model/reasons.ts'
import { columnOf } from '../../src/telemetry/metric-layout.ts'
import type { TrafficMetrics } from '../../src/telemetry/traffic-metrics.ts'

/** How many messages or connections were refused for a reason. */
export function faultsOf(metrics: TrafficMetrics, reason: Reason): number {
  const at = columnOf('protocol_faults_total') + Object.keys(reasons).indexOf(reason)
  return metrics.snapshot().process.cells[at] ?? 0
}

/** A number of one listener, by the name of its metric without `tidegate_`; `offset` is the place in a split. */
export function listenerValue(metrics: TrafficMetrics, listener: string, name: string, offset = 0): number {
  const { ids, cells } = metrics.snapshot().listener
  const width = cells.length / ids.length
  return cells[ids.indexOf(listener) * width + columnOf(name) + offset] ?? 0
}
