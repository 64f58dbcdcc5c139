import type { HttpsRedirect } from '../model/filter-spec.ts'
import type { Filter, RequestDraft } from './filter.ts'
import { escapeTarget } from './redirect.ts'
import { requestScheme } from './request-scheme.ts'

/**
 * Answers plain requests with the same URL under https. A trusted proxy that ended TLS in front of us says so by
 * `x-forwarded-proto`, and its word counts: otherwise its clients would be redirected for ever.
 */
export function httpsRedirect(spec: HttpsRedirect): Filter {
  const { status, port } = spec
  const suffix = port === undefined || port === 443 ? '' : `:${port}`
  return {
    kind: 'httpsRedirect',
    summary: `${status} to https${suffix === '' ? '' : ` on port ${port}`} for plain requests`,
    onRequest(request) {
      if (!isRedirected(spec, request)) return undefined
      const query = request.query === '' ? '' : `?${escapeTarget(request.query)}`
      const location = `https://${request.host}${suffix}${escapeTarget(request.path)}${query}`
      return {
        status,
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

/** What decides whether a request is redirected. */
export type PlainRequest = Pick<RequestDraft, 'scheme' | 'forwardedProto' | 'host' | 'path'>

/** Whether a request is plain, has somewhere to go, and asks for nothing that passes plain. */
export function isRedirected({ except }: HttpsRedirect, request: PlainRequest): boolean {
  if (requestScheme(request) === 'https' || request.host === '') return false
  return !except.some((path) => request.path.startsWith(path))
}
