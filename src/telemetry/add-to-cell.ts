/** Adds to one number of a table. */
export function addToCell(cells: Float64Array, at: number, value: number): void {
  cells[at] = (cells[at] ?? 0) + value
}
