import type { DescribedExtension } from '../extend/extension-set.ts'
import { extensionFailures, extensionStates } from './extension-facts.ts'
import { columnOf, layouts } from './metric-layout.ts'
import { emptySnapshot, type MetricsSnapshot } from './metrics-snapshot.ts'

const columns = {
  requests: columnOf('extension_requests_total'),
  failures: columnOf('extension_failures_total'),
  restarts: columnOf('extension_restarts_total'),
  instances: columnOf('extension_instances'),
  open: columnOf('extension_open_requests'),
  lag: columnOf('extension_loop_lag_seconds'),
} as const

/** What the extensions of this process have counted, and how they stand. */
export function extensionSnapshot(extensions: readonly DescribedExtension[]): MetricsSnapshot {
  if (extensions.length === 0) return emptySnapshot
  const { width } = layouts.extension
  const cells = new Float64Array(extensions.length * width)
  for (const [index, { counters, runners }] of extensions.entries()) {
    const row = cells.subarray(index * width, (index + 1) * width)
    row[columns.requests] = counters.requests
    for (const [i, kind] of extensionFailures.entries()) row[columns.failures + i] = counters.failures(kind)
    row[columns.restarts] = counters.restarts
    row[columns.lag] = counters.lagMs / 1000
    for (const [i, state] of extensionStates.entries())
      row[columns.instances + i] = runners.filter((runner) => runner.state === state).length
    row[columns.open] = runners.reduce((sum, { openCalls }) => sum + openCalls, 0)
  }
  return { ...emptySnapshot, extension: { ids: extensions.map(({ label }) => label), cells } }
}
