import { type HostEntry, standsOn } from './host-entry.ts'

/** The hosts of a table by what they are compared with. */
export interface HostTable<R> {
  readonly exact: ReadonlyMap<string, HostEntry<R>>
  /** `*.a.test` under `a.test`. */
  readonly oneLabel: ReadonlyMap<string, HostEntry<R>>
  /** `**.a.test` under `a.test`. */
  readonly anyDepth: ReadonlyMap<string, HostEntry<R>>
  /** The routes of `*`. */
  readonly any: HostEntry<R> | undefined
  /** Length of the longest key of `anyDepth`; longer suffixes need not be cut out. */
  readonly longestSuffix: number
}

export type HostKind = 'exact' | 'one label' | 'any depth' | 'none'

/** What a pattern is, and the text it is found under. */
export function hostKey(pattern: string): { readonly kind: HostKind; readonly key: string } {
  if (pattern === '*') return { kind: 'none', key: '' }
  if (pattern.startsWith('**.')) return { kind: 'any depth', key: pattern.slice(3) }
  if (pattern.startsWith('*.')) return { kind: 'one label', key: pattern.slice(2) }
  return { kind: 'exact', key: pattern }
}

/**
 * The host that owns a request: the most specific one that has a route on the listener; `undefined` when none has.
 * Allocates nothing for an exact host; a suffix is cut out for each wildcard look-up.
 *
 * @param host normalised: lower case, no port, no trailing dot.
 */
export function findHost<R>(table: HostTable<R>, host: string, listener: string): HostEntry<R> | undefined {
  const exact = table.exact.get(host)
  if (exact !== undefined && standsOn(exact, listener)) return exact
  if (table.oneLabel.size + table.anyDepth.size > 0) {
    const wildcard = findWildcard(table, host, listener)
    if (wildcard !== undefined) return wildcard
  }
  return table.any !== undefined && standsOn(table.any, listener) ? table.any : undefined
}

function findWildcard<R>(table: HostTable<R>, host: string, listener: string): HostEntry<R> | undefined {
  let dot = host.indexOf('.')
  if (dot > 0 && table.oneLabel.size > 0) {
    const entry = table.oneLabel.get(host.slice(dot + 1))
    if (entry !== undefined && standsOn(entry, listener)) return entry
  }
  for (; dot > 0; dot = host.indexOf('.', dot + 1)) {
    if (host.length - dot - 1 > table.longestSuffix) continue
    const entry = table.anyDepth.get(host.slice(dot + 1))
    if (entry !== undefined && standsOn(entry, listener)) return entry
  }
  return undefined
}

/** The entry of a pattern; `undefined` when no route names it. */
export function entryOf<R>(table: HostTable<R>, pattern: string): HostEntry<R> | undefined {
  const { kind, key } = hostKey(pattern)
  switch (kind) {
    case 'exact':
      return table.exact.get(key)
    case 'one label':
      return table.oneLabel.get(key)
    case 'any depth':
      return table.anyDepth.get(key)
    case 'none':
      return table.any
  }
}

/** A table with some entries put in place or, where `undefined`, taken out. The old one stays as it is. */
export function withEntries<R>(
  table: HostTable<R>,
  entries: ReadonlyMap<string, HostEntry<R> | undefined>,
): HostTable<R> {
  const byKind = {
    exact: new Map(),
    'one label': new Map(),
    'any depth': new Map(),
    none: new Map(),
  } satisfies Record<HostKind, Map<string, HostEntry<R> | undefined>>
  for (const [pattern, entry] of entries) {
    const { kind, key } = hostKey(pattern)
    byKind[kind].set(key, entry)
  }
  const anyDepth = patched(table.anyDepth, byKind['any depth'])
  return {
    exact: patched(table.exact, byKind.exact),
    oneLabel: patched(table.oneLabel, byKind['one label']),
    anyDepth,
    any: byKind.none.has('') ? byKind.none.get('') : table.any,
    longestSuffix: anyDepth === table.anyDepth ? table.longestSuffix : longestKey(anyDepth),
  }
}

/** A copy with the changes in it; the map itself when there are none. */
function patched<V>(
  map: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | undefined>,
): ReadonlyMap<string, V> {
  if (changes.size === 0) return map
  const copy = new Map(map)
  for (const [key, value] of changes) {
    if (value === undefined) copy.delete(key)
    else copy.set(key, value)
  }
  return copy
}

function longestKey(map: ReadonlyMap<string, unknown>): number {
  let longest = 0
  for (const key of map.keys()) longest = Math.max(longest, key.length)
  return longest
}
