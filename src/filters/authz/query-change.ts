import { fromUtf8Bytes, queryValue } from '../../http/query.ts'

/** What a server wants done with the query. Names and values are decoded, as latin1 text of their bytes. */
export interface QueryChange {
  readonly set: readonly (readonly [name: string, value: string])[]
  readonly remove: readonly string[]
}

/** A query without some parameters and with others at its end, encoded; those that stay keep their bytes and their order. */
export function changedQuery(query: string, { set, remove }: QueryChange): string {
  if (set.length === 0 && remove.length === 0) return query
  const gone = [...remove, ...set.map(([name]) => name)]
  const kept = query === '' ? [] : query.split('&')
  const pairs = kept.filter((pair) => gone.every((name) => queryValue(pair, name) === undefined))
  // Of two values for one name the last one counts.
  for (const [name, value] of new Map(set)) pairs.push(`${encoded(name)}=${encoded(value)}`)
  return pairs.join('&')
}

function encoded(bytes: string): string {
  return encodeURIComponent(fromUtf8Bytes(bytes))
}
