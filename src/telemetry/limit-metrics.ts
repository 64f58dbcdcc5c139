import type { LimitCounters } from '../limits/limiter.ts'
import { limitDeciders, storeErrorKinds } from './limit-facts.ts'
import { columnOf, layouts } from './metric-layout.ts'
import { emptySnapshot, type MetricsSnapshot } from './metrics-snapshot.ts'

const columns = {
  decisions: columnOf('rate_limit_decisions_total'),
  down: columnOf('rate_limit_store_down'),
  errors: columnOf('rate_limit_store_errors_total'),
  nodesDown: columnOf('rate_limit_store_nodes_down'),
  refunds: columnOf('rate_limit_refunds_total'),
  untold: columnOf('rate_limit_untold_total'),
  transitions: columnOf('rate_limit_store_transitions_total'),
  subjects: columnOf('rate_limit_subjects'),
  inFlight: columnOf('concurrency_limit_requests_active'),
} as const

/**
 * What the limiters of this process have counted.
 *
 * @param inFlight requests that limits of concurrency count.
 */
export function limitSnapshot(counters: LimitCounters, inFlight: number): MetricsSnapshot {
  const cells = new Float64Array(layouts.process.width)
  const { decisions, storeErrors, store, transitions, subjects, nodesDown, refunds, untold } = counters
  for (const [i, { of }] of limitDeciders.entries()) cells[columns.decisions + i] = decisions[of]
  for (const [i, kind] of storeErrorKinds.entries()) cells[columns.errors + i] = storeErrors[kind]
  cells[columns.down] = store === 'down' ? 1 : 0
  cells[columns.nodesDown] = nodesDown
  cells[columns.transitions] = transitions
  cells[columns.refunds] = refunds
  cells[columns.untold] = untold
  cells[columns.subjects] = subjects
  cells[columns.inFlight] = inFlight
  return {
    ...emptySnapshot,
    process: { ids: [''], cells },
  }
}
