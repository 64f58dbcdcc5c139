import { otherId, type TableSnapshot } from './metrics-snapshot.ts'

/** Row of what has no name: a request without a route, an answer without a cluster. */
export const noneRow = 0

/** Row shared by all names above the cap. */
export const otherRow = 1

/** A table of at most this many rows is exported whole, a larger one only where something was counted. */
const smallTable = 256

/**
 * Rows of numbers by name, in one typed array that grows, so that counting is an addition at an index.
 *
 * A retired row is exported once more, then cleared, and given to another name only when the cap is reached, oldest
 * first: a request that outlives its route by hours still counts into a row that nobody else has.
 */
export class SeriesTable {
  /** Replaced when the table grows: read it anew for every use. */
  cells: Float64Array
  /** How often a name was turned away to `otherRow`. */
  overflows = 0
  readonly #width: number
  readonly #cap: number
  readonly #rowById = new Map<string, number>()
  /** By row; `undefined` where a row is free. */
  readonly #ids: (string | undefined)[] = ['(none)', otherId]
  /** Rows to be exported once more, and rows to be given away; oldest first. */
  readonly #retired = new Set<number>()
  readonly #free: number[] = []

  constructor(width: number, cap: number) {
    this.#width = width
    this.#cap = cap
    this.cells = new Float64Array(width * 16)
  }

  /** The row of a name; the same as long as the name is not retired. */
  row(id: string): number {
    const known = this.#rowById.get(id)
    if (known !== undefined) {
      this.#retired.delete(known)
      return known
    }
    const row = this.#ids.length < this.#cap ? this.#ids.length : this.#free.shift()
    if (row === undefined) {
      this.overflows += 1
      return otherRow
    }
    this.#claim(row, id)
    return row
  }

  /**
   * The row of a name in a table whose rows begin with what is counted first. What ends after its name was retired makes no new row:
   * `undefined` where there is none to count in any more.
   *
   * @param owner where the name has had a row from its beginning.
   * @param ownRow that row.
   */
  rowBeside(id: string, owner: SeriesTable, ownRow: number): number | undefined {
    if (ownRow <= otherRow) return ownRow
    const isRetired = owner.#ids[ownRow] !== id || owner.#retired.has(ownRow)
    return isRetired ? this.#rowById.get(id) : this.row(id)
  }

  /** The name will not be used any more. */
  retire(id: string): void {
    const row = this.#rowById.get(id)
    if (row !== undefined) this.#retired.add(row)
  }

  snapshot(): TableSnapshot {
    const rows = this.#exportedRows()
    const ids: string[] = []
    const cells = new Float64Array(rows.length * this.#width)
    for (const [i, row] of rows.entries()) {
      ids.push(this.#ids[row] ?? '')
      cells.set(this.cells.subarray(row * this.#width, (row + 1) * this.#width), i * this.#width)
    }
    this.#freeRetired()
    return { ids, cells }
  }

  #claim(row: number, id: string): void {
    this.#rowById.set(id, row)
    this.#ids[row] = id
    const end = (row + 1) * this.#width
    if (end > this.cells.length) {
      const grown = new Float64Array(Math.min(end * 2, this.#cap * this.#width))
      grown.set(this.cells)
      this.cells = grown
    }
    this.cells.fill(0, end - this.#width, end)
  }

  #exportedRows(): number[] {
    const rows: number[] = []
    const whole = this.#rowById.size <= smallTable
    for (let row = 0; row < this.#ids.length; row += 1) {
      if (this.#ids[row] === undefined) continue
      if ((whole && row > otherRow) || this.#hasCounted(row)) rows.push(row)
    }
    return rows
  }

  #hasCounted(row: number): boolean {
    const end = (row + 1) * this.#width
    for (let at = end - this.#width; at < end; at += 1) if (this.cells[at] !== 0) return true
    return false
  }

  #freeRetired(): void {
    for (const row of this.#retired) {
      this.#rowById.delete(this.#ids[row] ?? '')
      this.#ids[row] = undefined
      this.#free.push(row)
    }
    this.#retired.clear()
  }
}
