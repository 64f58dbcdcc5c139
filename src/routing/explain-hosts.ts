import { type HostEntry, listenersOf, routesOf, standsOn } from './host-entry.ts'
import { entryOf, type HostKind, type HostTable } from './host-table.ts'

/** One look-up in the host table, in the order they are made. */
export interface HostStep {
  readonly kind: HostKind
  readonly pattern: string
  /**
   * `owner`: its routes decide. `absent`: no route names it. `other listener`: its routes stand elsewhere.
   * `not asked`: a more specific one owns the request.
   */
  readonly result: 'owner' | 'absent' | 'other listener' | 'not asked'
  /** How many routes it has. */
  readonly routes: number
  /** The listeners it stands on; empty when it stands on all. */
  readonly listeners: readonly string[]
}

/** The patterns that could stand for a host, most specific first; they are the look-ups of `findHost`. */
export function patternsFor(host: string): readonly (readonly [HostKind, string])[] {
  const patterns: [HostKind, string][] = [['exact', host]]
  const first = host.indexOf('.')
  for (let dot = first; dot > 0; dot = host.indexOf('.', dot + 1)) {
    const suffix = host.slice(dot + 1)
    if (dot === first) patterns.push(['one label', `*.${suffix}`])
    patterns.push(['any depth', `**.${suffix}`])
  }
  patterns.push(['none', '*'])
  return patterns
}

/** The walk through the host table. */
export function hostSteps<R>(table: HostTable<R>, host: string, listener: string): readonly HostStep[] {
  let owned = false
  return patternsFor(host).map(([kind, pattern]) => {
    const entry = entryOf(table, pattern)
    const result = resultOf(entry, listener, owned)
    if (result === 'owner') owned = true
    const routes = entry === undefined ? 0 : routesOf(entry).length
    return { kind, pattern, result, routes, listeners: (entry && listenersOf(entry)) ?? [] }
  })
}

function resultOf<R>(entry: HostEntry<R> | undefined, listener: string, owned: boolean): HostStep['result'] {
  if (entry === undefined) return 'absent'
  if (!standsOn(entry, listener)) return 'other listener'
  return owned ? 'not asked' : 'owner'
}
