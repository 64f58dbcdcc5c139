import type { PathMatch } from '../model/match.ts'
import type { Route } from '../model/route.ts'
import type { Regex } from '../std/regex.ts'
import { type Check, compileChecks, compileClients, type Shared } from './check.ts'

/** A route ready for requests, apart from the host it stands under. */
export interface RoutePlan<R> {
  readonly route: Route
  /** What the caller made of the route: its filters, target and limits, ready to run. */
  readonly runtime: R
  readonly pathKind: PathMatch['kind']
  /** The text compared; for `segments` without slashes at its end, so `/` is `""`. */
  readonly pathValue: string
  /** Only for `regex`. */
  readonly pathRegex: Regex | undefined
  /** All must hold; empty when the path alone decides. */
  readonly checks: readonly Check[]
  /** Prefix length of the widest client block, counted as IPv6; -1 when any client will do. */
  readonly clientBits: number
}

/** A route under one host: what `decide` gives. One object for each host a route names, side by side with its neighbours. */
export interface CompiledRoute<R> extends RoutePlan<R> {
  readonly kind: 'route'
  /** The route to ask next when this one does not fit, among few: see `host-entry.ts`. */
  readonly next: CompiledRoute<R> | undefined
}

/** The kinds as constants of this program, which compare faster than text that came over a wire. */
const pathKinds = { segments: 'segments', exact: 'exact', prefix: 'prefix', regex: 'regex' } as const

/**
 * @throws {RangeError} for a regular expression or address block that validation should have refused.
 */
export function planRoute<R>(route: Route, build: (route: Route) => R, shared: Shared): RoutePlan<R> {
  const clients = compileClients(route.match)
  const { kind, value } = route.match.path
  return {
    route,
    runtime: build(route),
    pathKind: pathKinds[kind],
    pathValue: shared.text(kind === 'segments' ? withoutSlashesBehind(value) : value),
    pathRegex: kind === 'regex' ? shared.regex(value) : undefined,
    checks: compileChecks(route.match, clients, shared),
    clientBits: clients === undefined ? -1 : clients.widest,
  }
}

function withoutSlashesBehind(path: string): string {
  let end = path.length
  while (path.charCodeAt(end - 1) === slash) end -= 1
  return path.slice(0, end)
}

const slash = 47

/** Whether the path of a request is one the route takes. */
export function takesPath<R>({ pathKind, pathValue, pathRegex }: RoutePlan<R>, path: string): boolean {
  switch (pathKind) {
    case 'segments':
      return path.startsWith(pathValue) && endsSegment(path, pathValue.length)
    case 'exact':
      return path === pathValue
    case 'prefix':
      return path.startsWith(pathValue)
    case 'regex':
      return pathRegex !== undefined && pathRegex.matches(path)
  }
}

/** Whether a segment of `path` ends at `index`. */
export function endsSegment(path: string, index: number): boolean {
  return path.length === index || path.charCodeAt(index) === slash
}

/**
 * What the path match took of `path`: `/api` of `/api/x` for a route at `/api`; `/` for one at `/`; the whole path for
 * exact and regex. Prefix rewrites replace it. Allocates nothing.
 */
export function matchedPath<R>({ pathKind, pathValue }: CompiledRoute<R>, path: string): string {
  if (pathKind === 'exact' || pathKind === 'regex') return path
  return pathValue === '' ? '/' : pathValue
}
