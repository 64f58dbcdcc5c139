import type { RequestView } from '../model/request-view.ts'
import { quoted } from '../std/quoted.ts'
import { type RoutePlan, takesPath } from './compiled-route.ts'

/** One thing a route asked for and the request did not have. */
export interface Mismatch {
  /** `path`, `method`, `header x-user`, `client` … */
  readonly field: string
  readonly expected: string
  readonly got: string
}

/** What a route asks for besides its host, on one line: `/api by segment, method POST, header x-user "blue"`. */
export function describeRoute<R>(plan: RoutePlan<R>): string {
  return [describePath(plan), ...plan.checks.map(({ field, expected }) => `${field} ${expected}`)].join(', ')
}

/** The path match on its own: `/api by segment`, `exactly /a`, `/a… by text`, `regex /a[0-9]+`, `any path`. */
export function describePath<R>({ pathKind, pathValue }: RoutePlan<R>): string {
  switch (pathKind) {
    case 'segments':
      return pathValue === '' ? 'any path' : `${pathValue} by segment`
    case 'exact':
      return `exactly ${pathValue}`
    case 'prefix':
      return `${pathValue}… by text`
    case 'regex':
      return `regex ${pathValue}`
  }
}

/** Why the route does not take the request: the path alone when that fails, else every condition that does. */
export function mismatchesOf<R>(plan: RoutePlan<R>, view: RequestView): readonly Mismatch[] {
  if (!takesPath(plan, view.path)) {
    return [{ field: 'path', expected: describePath(plan), got: quoted(view.path) }]
  }
  return plan.checks
    .filter((check) => !check.holds(view))
    .map(({ field, expected, got }) => ({ field, expected, got: got(view) }))
}

/** Why a path is not one the route takes, as a sentence that says what would be. */
export function whyNotPath<R>(plan: RoutePlan<R>, path: string): string {
  const { pathKind, pathValue } = plan
  const own = quoted(pathValue)
  const asked = quoted(path)
  if (pathKind === 'regex') return `its regex ${own} does not take the whole of ${asked}`
  if (pathKind === 'exact' && withoutSlash(path) === withoutSlash(pathValue)) {
    return `its path is exactly ${own}: a slash more or less at the end is another path; by segment it takes both`
  }
  if (path.toLowerCase().startsWith(pathValue.toLowerCase()) && !path.startsWith(pathValue)) {
    return `${asked} is not ${own}: paths are compared with regard to case`
  }
  if (pathKind === 'segments' && path.startsWith(pathValue)) {
    return `by segment ${own} takes ${quoted(`${pathValue}/…`)} and not ${asked}; by text (prefix) it would`
  }
  if (pathKind === 'exact' && path.startsWith(`${pathValue}/`)) {
    return `its path is exactly ${own}: what is below it is not meant; by segment it would take ${asked}`
  }
  return `its path is ${describePath(plan)}, the request asks for ${asked}`
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}
