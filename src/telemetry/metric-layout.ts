import { assert } from '../std/assert.ts'
import type { MetricFact, TableName } from './metric-fact.ts'
import { forTables, metricFacts, tableNames } from './metric-facts.ts'

/** Where in the row of its table a metric's numbers stand. */
export interface Column {
  readonly fact: MetricFact
  readonly at: number
  /** Counters and gauges: one per value of the split. Histograms: one per bucket, `+Inf`, then the sum. */
  readonly width: number
}

export interface TableLayout {
  readonly width: number
  readonly columns: readonly Column[]
  /** 1 where numbers of several processes are compared, 0 where they are added. */
  readonly takesMax: Uint8Array
  /** 1 for gauges: they end with their process. */
  readonly isGauge: Uint8Array
}

/** The memory layout of every table; all processes of one version agree on it. */
export const layouts: Readonly<Record<TableName, TableLayout>> = forTables((table) =>
  layoutOf(metricFacts.filter((fact) => fact.table === table)),
)

/** Where the numbers of a metric start in the row of its table; names go without the `tidegate_` prefix. */
export function columnOf(name: string): number {
  for (const table of tableNames) {
    const column = layouts[table].columns.find(({ fact }) => fact.name === `tidegate_${name}`)
    if (column !== undefined) return column.at
  }
  assert(false, `metric "${name}" is not in the table of facts`)
}

/** Upper bounds of a histogram in the unit it is stored in, milliseconds. */
export function boundsOf(name: string): Float64Array {
  const fact = metricFacts.find((fact) => fact.name === `tidegate_${name}`)
  assert(fact !== undefined && fact.type === 'histogram', `metric "${name}" is not a histogram`)
  return Float64Array.from(fact.buckets, (seconds) => seconds / fact.scale)
}

function layoutOf(facts: readonly MetricFact[]): TableLayout {
  const columns: Column[] = []
  let width = 0
  for (const fact of facts) {
    const column = { fact, at: width, width: widthOf(fact) }
    columns.push(column)
    width += column.width
  }

  const takesMax = new Uint8Array(width)
  const isGauge = new Uint8Array(width)
  for (const { fact, at, width } of columns) {
    takesMax.fill(fact.combine === 'max' ? 1 : 0, at, at + width)
    isGauge.fill(fact.type === 'gauge' ? 1 : 0, at, at + width)
  }
  return { width, columns, takesMax, isGauge }
}

function widthOf(fact: MetricFact): number {
  if (fact.type === 'histogram') return fact.buckets.length + 2
  return fact.split === undefined ? 1 : fact.split.values.length
}
