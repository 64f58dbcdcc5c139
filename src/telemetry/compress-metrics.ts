import { type ContentCoding, contentCodings } from '../model/filters/compress.ts'
import type { Bytes } from '../std/units.ts'
import { addToCell } from './add-to-cell.ts'
import { columnOf, layouts } from './metric-layout.ts'
import type { TableSnapshot } from './metrics-snapshot.ts'
import { SeriesTable } from './series-table.ts'

const { width } = layouts.compress_route
const responses = columnOf('compressed_responses_total')
const input = columnOf('compression_input_bytes_total')
const output = columnOf('compression_output_bytes_total')

/** A route, and its row in the table of all routes. */
export interface RouteRow {
  readonly id: string
  readonly series: number
}

/** Counts responses that were compressed, by route; rows begin with the first, so that other routes cost nothing. */
export class CompressMetrics {
  readonly #routes: SeriesTable
  readonly #allRoutes: SeriesTable

  /**
   * @param rows largest number of routes.
   * @param allRoutes the table where each route has a row from its beginning.
   */
  constructor(rows: number, allRoutes: SeriesTable) {
    this.#routes = new SeriesTable(width, rows)
    this.#allRoutes = allRoutes
  }

  /** Names that were turned away. */
  get overflows(): number {
    return this.#routes.overflows
  }

  /** A response was compressed. @param from its bytes before. @param to and after. */
  count({ id, series }: RouteRow, coding: ContentCoding, from: Bytes, to: Bytes): void {
    const row = this.#routes.rowBeside(id, this.#allRoutes, series)
    if (row === undefined) return
    const at = row * width + contentCodings.indexOf(coding)
    const { cells } = this.#routes
    addToCell(cells, at + responses, 1)
    addToCell(cells, at + input, from)
    addToCell(cells, at + output, to)
  }

  /** The route is gone. */
  retireRoute(id: string): void {
    this.#routes.retire(id)
  }

  snapshot(): { readonly compress_route: TableSnapshot } {
    return { compress_route: this.#routes.snapshot() }
  }
}
