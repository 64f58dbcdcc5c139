import type { Origin } from '../model/origin.ts'
import type { RequestView } from '../model/request-view.ts'
import { closest } from '../std/closest.ts'
import { quoted } from '../std/quoted.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { mismatchesOf, whyNotPath } from './describe.ts'
import { patternsFor } from './explain-hosts.ts'
import { listenersOf, routesOf, standsOn } from './host-entry.ts'
import { entryOf, type HostTable, patternsOf } from './host-table.ts'
import { compareText } from './precedence.ts'

/** The route that came closest to taking a request that none took. */
export interface NearestRoute {
  readonly route: string
  readonly origin: Origin
  /** The host under which it stands. */
  readonly host: string
  /** Why it lost, as a sentence without a final stop. */
  readonly why: string
}

/** The nearest route of a host: the longest way along the path, then the fewest conditions short. */
export function nearestInHost<R>(
  hosts: HostTable<R>,
  pattern: string,
  view: RequestView,
): NearestRoute | undefined {
  const entry = entryOf(hosts, pattern)
  let best: CompiledRoute<R> | undefined
  let bestScore = Number.NEGATIVE_INFINITY
  for (const route of entry === undefined ? [] : routesOf(entry)) {
    const score = nearness(route, view)
    if (score <= bestScore) continue
    best = route
    bestScore = score
  }
  return best && described(best, pattern, whyNot(best, view))
}

/** The nearest route when no host of the table stands for the request's. `undefined` for an empty table. */
export function nearestHost<R>(hosts: HostTable<R>, view: RequestView): NearestRoute | undefined {
  const elsewhere = patternsFor(view.host).find(([, pattern]) => entryOf(hosts, pattern) !== undefined)?.[1]
  const pattern = elsewhere ?? nearestPattern([...patternsOf(hosts)].toSorted(compareText), view.host)
  const entry = pattern === undefined ? undefined : entryOf(hosts, pattern)
  if (entry === undefined || pattern === undefined) return undefined
  const inside = nearestInHost(hosts, pattern, view)
  const why = elsewhere === undefined ? [whyNotHost(pattern, view.host)] : []
  if (!standsOn(entry, view.listener)) {
    const listeners = listenersOf(entry)?.join(', ') ?? ''
    why.push(`its host stands on listener ${listeners}, the request came in on ${view.listener}`)
  }
  return inside && { ...inside, why: why.join('; ') }
}

/** Typing mistakes first, then the longest suffix of whole labels in common. `sorted` makes the answer the same each time. */
function nearestPattern(sorted: readonly string[], host: string): string | undefined {
  const sameSuffix = sorted.find((pattern) => pattern.startsWith('*') && isNearWildcard(pattern, host))
  if (sameSuffix !== undefined) return sameSuffix
  const typo = closest(host, sorted)
  if (typo !== undefined) return typo
  let best = sorted[0]
  let most = 0
  for (const pattern of sorted) {
    const shared = sharedLabels(pattern, host)
    if (shared <= most) continue
    best = pattern
    most = shared
  }
  return best
}

function isNearWildcard(pattern: string, host: string): boolean {
  const suffix = pattern.replace(/^\*+\./, '')
  return host === suffix || host.endsWith(`.${suffix}`)
}

function sharedLabels(pattern: string, host: string): number {
  const own = pattern.split('.').reverse()
  const asked = host.split('.').reverse()
  const differs = own.findIndex((label, i) => label !== asked[i])
  return differs < 0 ? own.length : differs
}

function whyNotHost(pattern: string, host: string): string {
  if (pattern.startsWith('*') && isNearWildcard(pattern, host)) {
    const suffix = pattern.replace(/^\*+\./, '')
    return host === suffix
      ? `${quoted(pattern)} needs a label before ${quoted(suffix)}; list ${quoted(suffix)} as a host too`
      : `"*" in ${quoted(pattern)} stands for exactly one label; write ${quoted(`**.${suffix}`)} for any number`
  }
  return `its host is ${quoted(pattern)}, the request asks for ${quoted(host)}`
}

/** A whole path with conditions missing is nearer than any path that does not fit; each condition missing takes one off. */
function nearness<R>(route: CompiledRoute<R>, view: RequestView): number {
  const mismatches = mismatchesOf(route, view)
  if (mismatches[0]?.field !== 'path') return 1e6 - mismatches.length
  return (
    sharedSegments(route.pathValue, view.path) * 1000 - Math.abs(route.pathValue.length - view.path.length)
  )
}

/** Leading segments in common, case aside; characters of the first differing one count as parts of a segment. */
function sharedSegments(own: string, asked: string): number {
  const a = own.toLowerCase().split('/')
  const b = asked.toLowerCase().split('/')
  let shared = 0
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared += 1
  const left = a[shared] ?? ''
  const right = b[shared] ?? ''
  let same = 0
  while (same < left.length && left[same] === right[same]) same += 1
  return shared + same / (Math.max(left.length, right.length) + 1)
}

function whyNot<R>(route: CompiledRoute<R>, view: RequestView): string {
  const mismatches = mismatchesOf(route, view)
  if (mismatches[0]?.field === 'path') return whyNotPath(route, view.path)
  return mismatches.map(({ field, expected, got }) => `${field} must be ${expected}, it is ${got}`).join('; ')
}

function described<R>({ route }: CompiledRoute<R>, host: string, why: string): NearestRoute {
  return { route: route.id, origin: route.origin, host, why }
}
