import type { RoutePlan } from './compiled-route.ts'

/**
 * The order in which routes are asked, as people read it; `docs/reference/precedence.md` says why.
 * The first four decide which host owns a request, the rest order the routes of that host.
 */
export const precedence = [
  'host: exact, then *.suffix (one label), then **.suffix (longer suffix first), then none; the first that has a route on the listener owns the request',
  'path: exact, then regex, then the longer prefix (by segment before by text)',
  'method given before not given',
  'more header conditions',
  'more cookie conditions',
  'more query conditions',
  'client blocks: the longer prefix',
  'listener given before not given',
  'the earlier in order',
] as const

/** The order among the routes of a host, short enough to stand under a list of them. */
export const precedenceLine =
  'path (exact, regex, longer prefix), method, more headers, more cookies, more query, longer client block, listener, order written'

const pathKinds = { exact: 0, regex: 1, segments: 2, prefix: 2 } as const

/** Orders the routes of one host, most specific first. Total: two different routes never compare as equal. */
export function compareRoutes(a: RoutePlan<unknown>, b: RoutePlan<unknown>): number {
  return (
    comparePaths(a, b) ||
    given(a.route.match.methods, b.route.match.methods) ||
    more(a.route.match.headers, b.route.match.headers) ||
    more(a.route.match.cookies, b.route.match.cookies) ||
    more(a.route.match.query, b.route.match.query) ||
    b.clientBits - a.clientBits ||
    given(a.route.match.listeners, b.route.match.listeners) ||
    a.route.rank - b.route.rank ||
    compareText(a.route.id, b.route.id)
  )
}

/**
 * Orders routes by their paths alone; 0 for equal paths. Regexes are all alike: a longer pattern is not a narrower one, so
 * what follows and the operator's order decide.
 */
export function comparePaths(a: RoutePlan<unknown>, b: RoutePlan<unknown>): number {
  const kind = pathKinds[a.pathKind] - pathKinds[b.pathKind]
  if (kind !== 0 || a.pathKind === 'regex') return kind
  if (a.pathKind !== 'exact' && a.pathValue.length !== b.pathValue.length) {
    return b.pathValue.length - a.pathValue.length
  }
  if (a.pathKind !== b.pathKind) return a.pathKind === 'segments' ? -1 : 1
  return compareText(a.pathValue, b.pathValue)
}

function given(a: readonly unknown[], b: readonly unknown[]): number {
  return Math.sign(b.length) - Math.sign(a.length)
}

function more(a: readonly unknown[], b: readonly unknown[]): number {
  return b.length - a.length
}

/** By code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
