import { parseCidrs } from '../../http/cidr.ts'
import type { RouteDraft } from '../../model/build.ts'
import type { FilterSpec } from '../../model/filter-spec.ts'
import type { Match } from '../../model/match.ts'
import { derivedId } from '../native/route-id.ts'
import type { RegexRoute } from './ingress-routes.ts'
import { originOf, problemAt, refused } from './object-problem.ts'
import type { ObjectProblem } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'

/**
 * The routes that are regular expressions in the order of ingress-nginx: the longer path first, then the older Ingress.
 *
 * Our router asks routes with more conditions first, whatever their patterns, since it cannot compare patterns. A route with
 * conditions (a canary's header, client addresses) would so be asked before longer paths of its host that have none. Each of these
 * gets a copy with the same conditions, which is asked before it. A route for which there would be too many is closed.
 *
 * @param routes by age.
 */
export function orderRegexes(routes: readonly RegexRoute[]): readonly RouteDraft[] {
  if (routes.length === 0) return []
  const byHost = new Map<string, RouteDraft[]>()
  for (const { draft } of routes.toSorted((a, b) => b.length - a.length)) {
    const host = draft.content.hosts.join(' ')
    const known = byHost.get(host)
    if (known === undefined) byHost.set(host, [draft])
    else known.push(draft)
  }
  const left = new Map<string, number>()
  return [...byHost.values()].flatMap((routes) => withCopies(routes, left))
}

/** Beyond these a host, or a namespace, has so many paths and conditions that copies would weigh too much. */
const mostCopies = 1000
const mostOfNamespace = 4000

/** @param left copies that each namespace may still have. */
function withCopies(routes: readonly RouteDraft[], left: Map<string, number>): readonly RouteDraft[] {
  const [first] = routes
  if (first === undefined || routes.every((route) => compareConditions(route, first) === 0)) return routes
  const ordered: RouteDraft[] = []
  const ids = new Set(routes.map(({ content }) => content.id))
  for (const route of routes) {
    const later = ordered.filter((earlier) => compareConditions(earlier, route) > 0)
    let isInOrder = true
    for (const earlier of later) {
      const copy = copyWith(earlier, route)
      if (copy === undefined || ids.has(copy.content.id)) continue
      const namespace = copy.content.id.split('/', 2).join('/')
      const rest = left.get(namespace) ?? mostOfNamespace
      isInOrder = rest > 0 && ids.size <= routes.length + mostCopies
      if (!isInOrder) break
      left.set(namespace, rest - 1)
      ids.add(copy.content.id)
      ordered.push(copy)
    }
    ordered.push(isInOrder ? route : closedOf(route))
  }
  return ordered
}

const closedRoutes = new WeakMap<RouteDraft['content'], RouteDraft>()

/** The route closed: it would be asked before longer paths, whose filters would be passed by. The same object for the same. */
function closedOf(route: RouteDraft): RouteDraft {
  if (route.content.filters.some(({ kind }) => kind === 'refuse')) return route
  const known = closedRoutes.get(route.content)
  if (known !== undefined) return known
  const closed: RouteDraft = {
    ...route,
    content: { ...route.content, filters: refusing, target: { kind: 'neg' } },
  }
  closedRoutes.set(route.content, closed)
  return closed
}

const refusing: readonly FilterSpec[] = [
  {
    kind: 'refuse',
    status: 503,
    reason: 'route_blocked',
    why: 'the host has too many regular expressions with conditions to ask the longer path first',
  },
]

/** What is told of Ingresses with routes that were closed. @param ordered what `orderRegexes` made of theirs. */
export function disorderProblems(
  made: ReadonlyMap<IngressRead, unknown>,
  ordered: readonly RouteDraft[],
): ReadonlyMap<IngressRead, readonly ObjectProblem[]> {
  const files = new Set(
    ordered.flatMap(({ content, origin }) => (content.filters === refusing ? [origin.file] : [])),
  )
  const problems = new Map<IngressRead, readonly ObjectProblem[]>()
  if (files.size === 0) return problems
  for (const read of made.keys()) {
    if (files.has(originOf(read.ref, '').file))
      problems.set(read, [problemAt(read.ref, 'spec.rules', tooManyCopies)])
  }
  return problems
}

const tooManyCopies = refused(
  'IngressTooLarge',
  'paths that are regular expressions have too many address blocks, canaries or other conditions beside the longer paths of their host: some answer 503 to whom these conditions are for',
  'write wider blocks, or paths of type Prefix',
)

/** As the router compares routes of one host and kind of path: `docs/reference/precedence.md`. */
function compareConditions(a: RouteDraft, b: RouteDraft): number {
  const [one, other] = [a.content.match, b.content.match]
  return (
    Math.sign(other.methods.length) - Math.sign(one.methods.length) ||
    other.headers.length - one.headers.length ||
    other.cookies.length - one.cookies.length ||
    other.query.length - one.query.length ||
    clientBits(other) - clientBits(one) ||
    Math.sign(other.listeners.length) - Math.sign(one.listeners.length)
  )
}

function clientBits({ clients }: Match): number {
  return clients.length === 0 ? -1 : parseCidrs(clients).widest
}

const copies = new WeakMap<RouteDraft['content'], WeakMap<RouteDraft['content'], RouteDraft>>()

/** A route for the requests that both take; `undefined` when there are none. The same object for the same two. */
function copyWith(route: RouteDraft, other: RouteDraft): RouteDraft | undefined {
  const known = copies.get(route.content) ?? new WeakMap<RouteDraft['content'], RouteDraft>()
  copies.set(route.content, known)
  const made = known.get(other.content)
  if (made !== undefined) return made
  const match = both(route.content.match, other.content.match)
  if (match === undefined) return undefined
  const { hosts, id } = route.content
  const copy = {
    ...route,
    content: { ...route.content, id: `${ownerOf(id)}${derivedId(hosts, match)}`, match },
  }
  known.set(other.content, copy)
  return copy
}

/** `ingress/shop/web/` of the id of a route of that Ingress. */
function ownerOf(id: string): string {
  return id.split('/', 3).join('/').concat('/')
}

function both(one: Match, other: Match): Match | undefined {
  const methods = common(one.methods, other.methods, (a, b) => a === b)
  const listeners = common(one.listeners, other.listeners, (a, b) => a === b)
  const clients = common(one.clients, other.clients, isWithin)
  if (methods === undefined || listeners === undefined || clients === undefined) return undefined
  return {
    path: one.path,
    methods,
    headers: union(one.headers, other.headers),
    cookies: union(one.cookies, other.cookies),
    query: union(one.query, other.query),
    clients,
    listeners,
  }
}

/** What is in both lists, of which an empty one means anything; `undefined` when that is nothing. */
function common(
  one: readonly string[],
  other: readonly string[],
  isPart: (part: string, whole: string) => boolean,
): readonly string[] | undefined {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one
  const parts = new Set([
    ...one.filter((part) => other.some((whole) => isPart(part, whole))),
    ...other.filter((part) => one.some((whole) => isPart(part, whole))),
  ])
  return parts.size === 0 ? undefined : [...parts]
}

function isWithin(block: string, whole: string): boolean {
  const set = parseCidrs([whole])
  return set.has(block.split('/')[0] ?? '') && set.widest <= parseCidrs([block]).widest
}

function union<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  const texts = new Set(one.map((value) => JSON.stringify(value)))
  return [...one, ...other.filter((value) => !texts.has(JSON.stringify(value)))]
}
