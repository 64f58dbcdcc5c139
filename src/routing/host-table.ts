import { type HostEntry, standsOn } from './host-entry.ts'
import { emptyParts, keysOf, type PartedMap, valueOf, withChanges } from './parted-map.ts'

/** The hosts of a table by what they are compared with. */
export interface HostTable<R> {
  readonly exact: PartedMap<HostEntry<R>>
  /** `*.a.test` under `a.test`. */
  readonly oneLabel: PartedMap<HostEntry<R>>
  /** `**.a.test` under `a.test`. */
  readonly anyDepth: PartedMap<HostEntry<R>>
  /** The routes of `*`. */
  readonly any: HostEntry<R> | undefined
  /** Length of the longest key of `oneLabel` and `anyDepth`; longer suffixes need not be cut out. -1 when there is none. */
  readonly longestSuffix: number
}

export type HostKind = 'exact' | 'one label' | 'any depth' | 'none'

export function emptyHosts<R>(): HostTable<R> {
  return {
    exact: emptyParts(),
    oneLabel: emptyParts(),
    anyDepth: emptyParts(),
    any: undefined,
    longestSuffix: -1,
  }
}

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
  const exact = valueOf(table.exact, host)
  if (exact !== undefined && standsOn(exact, listener)) return exact
  const wildcard = table.longestSuffix < 0 ? undefined : findWildcard(table, host, listener)
  if (wildcard !== undefined) return wildcard
  return table.any !== undefined && standsOn(table.any, listener) ? table.any : undefined
}

function findWildcard<R>(table: HostTable<R>, host: string, listener: string): HostEntry<R> | undefined {
  const first = host.indexOf('.')
  for (let dot = first; dot > 0; dot = host.indexOf('.', dot + 1)) {
    if (host.length - dot - 1 > table.longestSuffix) continue
    const suffix = host.slice(dot + 1)
    const oneLabel = dot === first ? valueOf(table.oneLabel, suffix) : undefined
    if (oneLabel !== undefined && standsOn(oneLabel, listener)) return oneLabel
    const anyDepth = valueOf(table.anyDepth, suffix)
    if (anyDepth !== undefined && standsOn(anyDepth, listener)) return anyDepth
  }
  return undefined
}

/** The entry of a pattern; `undefined` when no route names it. */
export function entryOf<R>(table: HostTable<R>, pattern: string): HostEntry<R> | undefined {
  const { kind, key } = hostKey(pattern)
  switch (kind) {
    case 'exact':
      return valueOf(table.exact, key)
    case 'one label':
      return valueOf(table.oneLabel, key)
    case 'any depth':
      return valueOf(table.anyDepth, key)
    case 'none':
      return table.any
  }
}

type EntryChanges<R> = Map<string, HostEntry<R> | undefined>

/** A table with some entries put in place or, where `undefined`, taken out. The old one stays as it is. */
export function withEntries<R>(
  table: HostTable<R>,
  entries: ReadonlyMap<string, HostEntry<R> | undefined>,
): HostTable<R> {
  const changes: Record<HostKind, EntryChanges<R>> = {
    exact: new Map(),
    'one label': new Map(),
    'any depth': new Map(),
    none: new Map(),
  }
  for (const [pattern, entry] of entries) {
    const { kind, key } = hostKey(pattern)
    changes[kind].set(key, entry)
  }
  const oneLabel = withChanges(table.oneLabel, changes['one label'])
  const anyDepth = withChanges(table.anyDepth, changes['any depth'])
  const sameSuffixes = oneLabel === table.oneLabel && anyDepth === table.anyDepth
  return {
    exact: withChanges(table.exact, changes.exact),
    oneLabel,
    anyDepth,
    any: changes.none.has('') ? changes.none.get('') : table.any,
    longestSuffix: sameSuffixes ? table.longestSuffix : Math.max(longestKey(oneLabel), longestKey(anyDepth)),
  }
}

function longestKey(map: PartedMap<unknown>): number {
  let longest = -1
  for (const key of keysOf(map)) longest = Math.max(longest, key.length)
  return longest
}

/** Every pattern a route names, in no particular order. */
export function* patternsOf<R>(table: HostTable<R>): Generator<string> {
  yield* keysOf(table.exact)
  for (const key of keysOf(table.oneLabel)) yield `*.${key}`
  for (const key of keysOf(table.anyDepth)) yield `**.${key}`
  if (table.any !== undefined) yield '*'
}
