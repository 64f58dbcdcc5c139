import { normalisePath } from '../http/path.ts'
import type { PathRewrite } from '../model/filter-spec.ts'
import type { PathMatch } from '../model/match.ts'
import { assert } from '../std/assert.ts'
import { compileRegex } from '../std/regex.ts'
import { parseReplacement, replaceMatches } from './replacement.ts'

/**
 * The new path for a normalised `path` of which the route took `matched`; `undefined` when the result is no path that may
 * go upstream: it would hold a dot segment that was not there, or something that `http/path.ts` refuses.
 */
export type RewritePath = (path: string, matched: string) => string | undefined

/** Compiles a rewrite. The query is not touched by any of them. */
export function compileRewrite(rewrite: PathRewrite, match: PathMatch): RewritePath {
  switch (rewrite.kind) {
    case 'full': {
      const path = normalPath(rewrite.value)
      return () => path
    }
    case 'prefix': {
      const value = normalPath(rewrite.value)
      if (match.kind === 'exact' || match.kind === 'regex') return () => value
      return (path, matched) => checked(joinPath(value, matched, path))
    }
    case 'regex': {
      const regex = compileRegex(rewrite.pattern)
      const replacement = parseReplacement(rewrite.replacement)
      return (path) => {
        const replaced = replaceMatches(regex, replacement, path)
        if (replaced === undefined || replaced === path) return replaced
        return checked(withSlash(replaced))
      }
    }
  }
}

/** A path of the operator, which validation has seen. */
function normalPath(value: string): string {
  const normal = normalisePath(withSlash(value), 'keep')
  assert(normal !== undefined, `rewrite to "${value}" is a path`)
  return normal
}

/** What explain says of a rewrite. */
export function rewriteSummary(rewrite: PathRewrite, match: PathMatch): string {
  switch (rewrite.kind) {
    case 'full':
      return `the path becomes ${rewrite.value}`
    case 'prefix':
      return `${match.value} at the start of the path becomes ${rewrite.value === '' ? '/' : rewrite.value}`
    case 'regex':
      return `/${rewrite.pattern}/ in the path becomes ${rewrite.replacement}`
  }
}

/**
 * Puts `value` in place of `matched` at the start of `path`. At a segment border the two parts are joined with exactly one
 * slash: `/api` → `/v2` makes `/v2/x` of `/api/x`, `/v2` of `/api`, `/v2/` of `/api/`. A text match that ended inside
 * a segment is joined as text: `/api` → `/v2` makes `/v2s` of `/apis`.
 */
export function joinPath(value: string, matched: string, path: string): string {
  const matchedSlash = matched.endsWith('/')
  const rest = path.slice(matchedSlash ? matched.length - 1 : matched.length)
  if (rest === '') return withSlash(value)
  return withSlash(rest.startsWith('/') ? withoutSlashesBehind(value) + rest : value + rest)
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

function withoutSlashesBehind(path: string): string {
  let end = path.length
  while (path.charCodeAt(end - 1) === 47) end -= 1
  return path.slice(0, end)
}

/** Normalises again, and refuses a result from which that took a segment: a rewrite must not walk up the tree. */
function checked(path: string): string | undefined {
  const normal = normalisePath(path, 'keep')
  if (normal === undefined || normal === path) return normal
  return segments(normal) === segments(path) ? normal : undefined
}

/** How many segments that are not empty a path has. */
function segments(path: string): number {
  let count = 0
  for (let i = 0; i < path.length; i += 1) {
    const starts = path.charCodeAt(i) !== 47 && (i === 0 || path.charCodeAt(i - 1) === 47)
    if (starts) count += 1
  }
  return count
}
