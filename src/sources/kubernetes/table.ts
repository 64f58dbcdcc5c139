import type { StatusAddress } from '../../translate/kubernetes/objects.ts'
import { isOlder } from './resource-version.ts'

/** An object as it is known, with what may change without the object being another. */
export interface Row<T> {
  /** The same one until something in it changes that we read. */
  readonly object: T
  /** The newest known. */
  readonly version: string
  readonly status: readonly StatusAddress[]
}

/** Something became other than it was; `undefined` for what is not there. */
export interface Change<T> {
  readonly key: string
  readonly before: T | undefined
  readonly after: T | undefined
}

/** The objects of one resource, in one namespace or all. */
export class Table<T> {
  #rows = new Map<string, Row<T>>()

  get size(): number {
    return this.#rows.size
  }

  get(key: string): Row<T> | undefined {
    return this.#rows.get(key)
  }

  rows(): Iterable<Row<T>> {
    return this.#rows.values()
  }

  /** Takes a row unless a newer one is known; tells what that changed. */
  put(key: string, row: Row<T>): Change<T> | undefined {
    const known = this.#rows.get(key)
    if (known !== undefined && isOlder(row.version, known.version)) return undefined
    this.#rows.set(key, row)
    return known?.object === row.object ? undefined : { key, before: known?.object, after: row.object }
  }

  /** Forgets an object unless a newer version of it is known: it was made again since. */
  remove(key: string, version: string): Change<T> | undefined {
    const known = this.#rows.get(key)
    if (known === undefined || isOlder(version, known.version)) return undefined
    this.#rows.delete(key)
    return { key, before: known.object, after: undefined }
  }

  /** Takes all rows in the place of those before, in one step. A list is the truth, older versions in it included. */
  replace(rows: Map<string, Row<T>>): readonly Change<T>[] {
    const changes: Change<T>[] = []
    for (const [key, { object }] of this.#rows)
      if (!rows.has(key)) changes.push({ key, before: object, after: undefined })
    for (const [key, { object }] of rows) {
      const before = this.#rows.get(key)?.object
      if (before !== object) changes.push({ key, before, after: object })
    }
    this.#rows = rows
    return changes
  }
}

/** The name of an object among all of its resource: `shop/web`, `/nginx` for those of the cluster. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/** What `keyOf` has put together. */
export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}
