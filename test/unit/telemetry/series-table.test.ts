import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noneRow, otherRow, SeriesTable } from '../../../src/telemetry/series-table.ts'

/** Rows of one number by name. */
function numbers(table: SeriesTable): Record<string, number> {
  const { ids, cells } = table.snapshot()
  return Object.fromEntries(ids.map((id, i) => [id, cells[i] ?? Number.NaN]))
}

function count(table: SeriesTable, row: number): void {
  table.cells[row] = (table.cells[row] ?? 0) + 1
}

describe('SeriesTable', () => {
  test('gives a name the same row again', () => {
    const table = new SeriesTable(1, 100)

    const row = table.row('a')

    assert.equal(table.row('a'), row)
    assert.notEqual(table.row('b'), row)
    assert.ok(row !== noneRow && row !== otherRow)
  })

  test('exports every name of a small table, and the shared rows only when used', () => {
    const table = new SeriesTable(1, 100)
    count(table, table.row('a'))
    table.row('b')

    assert.deepEqual(numbers(table), { a: 1, b: 0 })
    count(table, noneRow)
    assert.deepEqual(numbers(table), { '(none)': 1, a: 1, b: 0 })
  })

  test('exports of a large table only what counted', () => {
    const table = new SeriesTable(1, 10_000)
    for (let i = 0; i < 5000; i += 1) table.row(`r${i}`)

    count(table, table.row('r4711'))

    assert.deepEqual(numbers(table), { r4711: 1 })
  })

  test('keeps what was counted while it grows', () => {
    const table = new SeriesTable(1, 10_000)

    for (let i = 0; i < 200; i += 1) count(table, table.row(`r${i}`))

    assert.ok(Object.values(numbers(table)).every((value) => value === 1))
  })

  test('lets names above the cap share a row, and counts them', () => {
    const table = new SeriesTable(1, 4)

    const rows = ['a', 'b', 'c', 'd'].map((id) => table.row(id))
    for (const row of rows) count(table, row)

    assert.deepEqual(rows.slice(2), [otherRow, otherRow])
    assert.equal(table.overflows, 2)
    assert.deepEqual(numbers(table), { '(other)': 2, a: 1, b: 1 })
  })

  test('exports a retired name once more, then forgets it', () => {
    const table = new SeriesTable(1, 100)
    count(table, table.row('a'))

    table.retire('a')

    assert.deepEqual(numbers(table), { a: 1 })
    assert.deepEqual(numbers(table), {})
  })

  test('goes on counting a name that comes back before it was exported', () => {
    const table = new SeriesTable(1, 100)
    count(table, table.row('a'))
    table.retire('a')

    count(table, table.row('a'))

    assert.deepEqual([numbers(table), numbers(table)], [{ a: 2 }, { a: 2 }])
  })

  test('counts a name that comes back later from zero', () => {
    const table = new SeriesTable(1, 100)
    count(table, table.row('a'))
    table.retire('a')
    table.snapshot()

    table.row('a')

    assert.deepEqual(numbers(table), { a: 0 })
  })

  test('gives rows away again only when the cap is reached, cleared', () => {
    const table = new SeriesTable(1, 4)
    const old = table.row('a')
    table.retire('a')
    table.snapshot()

    const fresh = table.row('b')
    count(table, old)
    const recycled = table.row('c')

    assert.notEqual(fresh, old)
    assert.equal(recycled, old)
    assert.deepEqual(numbers(table), { b: 0, c: 0 })
  })

  test('does not give away a row that was not exported yet', () => {
    const table = new SeriesTable(1, 3)
    table.row('a')
    table.retire('a')

    assert.equal(table.row('b'), otherRow)
  })
})
