import { authorityPort } from '../http/authority.ts'
import type { Redirect } from '../model/filter-spec.ts'
import type { PathMatch } from '../model/match.ts'
import type { Filter, RequestDraft } from './filter.ts'
import { compileRewrite, rewriteSummary } from './path-rewrite.ts'
import { requestScheme } from './request-scheme.ts'
import { refusal } from './rewrite.ts'

/**
 * Answers with a `Location` built from parts; parts not given are the request's, its scheme as a trusted proxy says. The port: the
 * one given; else none (the scheme's own) when a scheme or host is given; else the one the client asked. 80 and 443 are left out
 * where they are the scheme's own.
 */
export function redirect(spec: Redirect, match: PathMatch): Filter {
  const newPath = spec.path && compileRewrite(spec.path, match)
  return {
    kind: 'redirect',
    summary: redirectSummary(spec, match),
    onRequest(request) {
      const path = newPath === undefined ? request.path : newPath(request.path, request.matchedPath)
      if (path === undefined) return refusal(request.path)
      const location = base(spec, request) + escapeTarget(path) + query(spec, request)
      return {
        status: spec.status,
        reason: 'redirect',
        fields: `location: ${location}\r\n`,
        body: undefined,
        detail: `redirects to ${location}`,
      }
    },
    onResponse: undefined,
    foresee: 'by running',
  }
}

/** `""` for a request without a host: the path alone is a valid reference then. */
function base(spec: Redirect, request: RequestDraft): string {
  const host = spec.host ?? request.host
  if (host === '') return ''
  const scheme = spec.scheme ?? requestScheme(request)
  const stays = spec.scheme === undefined && spec.host === undefined
  const inherited = stays ? authorityPort(request.authority) : undefined
  const port = spec.port ?? inherited
  const isDefault = (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443)
  return `${scheme}://${host}${port === undefined || isDefault ? '' : `:${port}`}`
}

function query(spec: Redirect, request: RequestDraft): string {
  return spec.query === 'drop' || request.query === '' ? '' : `?${escapeTarget(request.query)}`
}

const unsafe = /[^\x21-\x7e]|["<>\\^`{|}]/g

/** Percent-encodes what has no place in a URI (RFC 3986 §2), controls among it, byte by byte. */
export function escapeTarget(text: string): string {
  return text.replace(unsafe, encodeByte)
}

function encodeByte(character: string): string {
  const byte = character.charCodeAt(0) & 0xff
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
}

function redirectSummary(spec: Redirect, match: PathMatch): string {
  const parts = [
    spec.scheme && `scheme ${spec.scheme}`,
    spec.host && `host ${spec.host}`,
    spec.port === undefined ? undefined : `port ${spec.port}`,
    spec.path && rewriteSummary(spec.path, match),
    spec.query === 'drop' ? 'without the query' : undefined,
  ].filter((part) => part !== undefined)
  return `${spec.status} to ${parts.join(', ') || 'the same place'}`
}
