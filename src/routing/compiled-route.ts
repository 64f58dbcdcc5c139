import type { PathMatch } from '../model/match.ts'
import type { Route } from '../model/route.ts'
import type { Regex } from '../std/regex.ts'
import { type Check, compileChecks, compileClients, type RegexSource } from './check.ts'

/** A route ready for requests. One object, however many hosts it has. */
export interface CompiledRoute<R> {
  readonly kind: 'route'
  readonly route: Route
  /** What the caller made of the route: its filters, target and limits, ready to run. */
  readonly runtime: R
  readonly path: CompiledPath
  /** All must hold; empty when the path alone decides. */
  readonly checks: readonly Check[]
  /** Prefix length of the widest client block, counted as IPv6; -1 when any client will do. */
  readonly clientBits: number
}

export interface CompiledPath {
  readonly kind: PathMatch['kind']
  /** The text compared; for `segments` without slashes at its end, so `/` is `""`. */
  readonly value: string
  /** Only for `regex`. */
  readonly regex: Regex | undefined
}

/**
 * @throws {RangeError} for a regular expression or address block that validation should have refused.
 */
export function compileRoute<R>(
  route: Route,
  build: (route: Route) => R,
  regexOf: RegexSource,
): CompiledRoute<R> {
  const clients = compileClients(route.match)
  return {
    kind: 'route',
    route,
    runtime: build(route),
    path: compilePath(route.match.path, regexOf),
    checks: compileChecks(route.match, clients, regexOf),
    clientBits: clients === undefined ? -1 : clients.widest,
  }
}

function compilePath(path: PathMatch, regexOf: RegexSource): CompiledPath {
  const { kind, value } = path
  if (kind === 'regex') return { kind, value, regex: regexOf(value) }
  return { kind, value: kind === 'segments' ? withoutSlashesBehind(value) : value, regex: undefined }
}

function withoutSlashesBehind(path: string): string {
  let end = path.length
  while (path.charCodeAt(end - 1) === slash) end -= 1
  return path.slice(0, end)
}

const slash = 47

/** Whether the path of a request is one the route takes. */
export function takesPath({ kind, value, regex }: CompiledPath, path: string): boolean {
  switch (kind) {
    case 'exact':
      return path === value
    case 'prefix':
      return path.startsWith(value)
    case 'segments':
      return (
        path.startsWith(value) && (path.length === value.length || path.charCodeAt(value.length) === slash)
      )
    case 'regex':
      return regex !== undefined && regex.matches(path)
  }
}

/**
 * What the path match took of `path`: `/api` of `/api/x` for a route at `/api`; `/` for one at `/`; the whole path for
 * exact and regex. Prefix rewrites replace it. Allocates nothing.
 */
export function matchedPath<R>(route: CompiledRoute<R>, path: string): string {
  const { kind, value } = route.path
  if (kind === 'exact' || kind === 'regex') return path
  return value === '' ? '/' : value
}
