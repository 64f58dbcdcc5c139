import type { HttpsRedirect } from '../model/filter-spec.ts'
import type { Filter, RequestDraft } from './filter.ts'
import { escapeTarget } from './redirect.ts'

/**
 * Answers plain requests with the same URL under https. A trusted proxy that ended TLS in front of us says so by
 * `x-forwarded-proto`, and its word counts: otherwise its clients would be redirected for ever.
 */
export function httpsRedirect({ status, port, except }: HttpsRedirect): Filter {
  const suffix = port === undefined || port === 443 ? '' : `:${port}`
  return {
    kind: 'httpsRedirect',
    summary: `${status} to https${suffix === '' ? '' : ` on port ${port}`} for plain requests`,
    onRequest(request) {
      if (isSecure(request) || request.host === '') return undefined
      if (except.some((path) => request.path.startsWith(path))) return undefined
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
  }
}

function isSecure({ scheme, forwardedProto }: RequestDraft): boolean {
  return forwardedProto === '' ? scheme === 'https' : /^(?:https|wss) *(?:,|$)/i.test(forwardedProto)
}
