import { keyOf, type Row, type Table } from './table.ts'

/** Tables of one resource, looked up as one: one for all namespaces, or several for some of them. */
export class TableSet<T> {
  readonly #all: Table<T>[] = []
  readonly #byNamespace = new Map<string, Table<T>[]>()

  /** @param namespace the only one that the table holds objects of; `undefined` for one that holds any. */
  add(namespace: string | undefined, table: Table<T>): void {
    if (namespace === undefined) this.#all.push(table)
    else this.#byNamespace.set(namespace, [...(this.#byNamespace.get(namespace) ?? []), table])
  }

  get(namespace: string, name: string): Row<T> | undefined {
    const key = keyOf(namespace, name)
    for (const table of this.#all) {
      const row = table.get(key)
      if (row !== undefined) return row
    }
    for (const table of this.#byNamespace.get(namespace) ?? []) {
      const row = table.get(key)
      if (row !== undefined) return row
    }
    return undefined
  }

  *rows(): Iterable<Row<T>> {
    for (const table of this.#all) yield* table.rows()
    for (const tables of this.#byNamespace.values()) for (const table of tables) yield* table.rows()
  }

  *objects(): Iterable<T> {
    for (const { object } of this.rows()) yield object
  }
}
