import type { TableName } from './metric-fact.ts'
import { forTables, tableNames } from './metric-facts.ts'
import { layouts } from './metric-layout.ts'

/** The numbers of one table at one moment: `ids.length` rows of the table's width, row after row. */
export interface TableSnapshot {
  readonly ids: readonly string[]
  readonly cells: Float64Array
}

/** All numbers of one process, or of several merged; can be cloned across threads and processes. */
export type MetricsSnapshot = Readonly<Record<TableName, TableSnapshot>>

/** The row of all names above a cap. */
export const otherId = '(other)'

/** What a process counts has a cap, so this is only met after thousands of routes came and went with their workers. */
const mergedRows = 20_000

export const emptyTable: TableSnapshot = { ids: [], cells: new Float64Array(0) }

/** Of whoever counts in some tables only. */
export const emptySnapshot: MetricsSnapshot = forTables(() => emptyTable)

/** Adds up what several processes counted: row by row, by id; gauges that cannot be added take the largest. */
export function mergeSnapshots(list: readonly MetricsSnapshot[]): MetricsSnapshot {
  return forTables((table) => mergeTable(table, list))
}

/** What stays of a process that ended: its counters. Its gauges went with it. */
export function withoutGauges(snapshot: MetricsSnapshot): MetricsSnapshot {
  const copy = mergeSnapshots([snapshot])
  for (const table of tableNames) {
    const { width, isGauge } = layouts[table]
    const { cells } = copy[table]
    for (let at = 0; at < cells.length; at += 1) if (isGauge[at % width] === 1) cells[at] = 0
  }
  return copy
}

function mergeTable(table: TableName, list: readonly MetricsSnapshot[]): TableSnapshot {
  const rows = new Map<string, number>()
  // The last are asked first, so that names of processes long gone are those that go without a row.
  for (const snapshot of list.toReversed()) {
    for (const id of snapshot[table].ids) {
      const name = rows.size < mergedRows ? id : otherId
      if (!rows.has(id) && !rows.has(name)) rows.set(name, rows.size)
    }
  }
  const cells = new Float64Array(rows.size * layouts[table].width)
  for (const snapshot of list) addRows(table, snapshot[table], rows, cells)
  return { ids: [...rows.keys()], cells }
}

function addRows(table: TableName, from: TableSnapshot, rows: Map<string, number>, into: Float64Array): void {
  const { width, takesMax } = layouts[table]
  for (const [i, id] of from.ids.entries()) {
    const base = (rows.get(id) ?? rows.get(otherId) ?? 0) * width
    for (let column = 0; column < width; column += 1) {
      const value = from.cells[i * width + column] ?? 0
      const sum = into[base + column] ?? 0
      into[base + column] = takesMax[column] === 1 ? Math.max(sum, value) : sum + value
    }
  }
}
