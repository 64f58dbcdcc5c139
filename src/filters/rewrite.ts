import type { FilterSpec } from '../model/filter-spec.ts'
import type { PathMatch } from '../model/match.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter } from './filter.ts'
import { compileRewrite, rewriteSummary } from './path-rewrite.ts'

/** Changes the path and the host that go upstream; the query stays as the client sent it. */
export function rewrite(spec: Extract<FilterSpec, { kind: 'rewrite' }>, match: PathMatch): Filter {
  const { path, host } = spec
  const newPath = path && compileRewrite(path, match)
  const parts = [path && rewriteSummary(path, match), host && `the host becomes ${host}`].filter(
    (part) => part !== undefined,
  )
  return {
    kind: 'rewrite',
    summary: parts.join(', ') || 'changes nothing',
    onRequest(request) {
      if (host !== undefined) request.upstreamHost = host
      if (newPath === undefined) return undefined
      const rewritten = newPath(request.upstreamPath, request.matchedPath)
      if (rewritten === undefined) return refusal(request.upstreamPath)
      request.upstreamPath = rewritten
      return undefined
    },
    onResponse: undefined,
    foresee: 'by running',
  }
}

/** The answer when a rewrite would make a path that different servers read differently. */
export function refusal(path: string): LocalReply {
  const shown = JSON.stringify(path.slice(0, 80))
  return {
    status: 400,
    reason: 'bad_path',
    fields: '',
    body: undefined,
    detail: `the rewrite of ${shown} would make a path that is not safe to send`,
  }
}
