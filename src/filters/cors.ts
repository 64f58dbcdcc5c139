import { withoutFieldsFrom } from '../http/field-block.ts'
import { isVaryingBy } from '../http/list-members.ts'
import type { Cors } from '../model/filters/cors.ts'
import type { LocalReply } from '../model/reply.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Filter } from './filter.ts'
import { httpOriginMatch } from './http-origin-match.ts'

/**
 * Lets pages of other origins read what the route answers, and answers preflights itself: they never reach the upstream. Follows the
 * Fetch standard ("CORS protocol and HTTP responses"). What the upstream says of it is replaced, so that there is one policy.
 *
 * Where: first, since preflights carry no credentials and would fail in a filter that asks for them. Cost: a comparison for each
 * request, one pass over the header lines of each response. Buffers nothing; always can decide. Reason: `cors_preflight`.
 *
 * Answers of the gateway itself carry the same fields, whichever filter gives them, so that pages can read them.
 */
export function cors(spec: Cors): Filter {
  const isAnybody = spec.httpOrigins.includes('*')
  const matches = httpOriginMatch(isAnybody ? [] : spec.httpOrigins)
  const allowing = allowingFields(spec)
  const exposing = exposingFields(spec)
  const isKnown = (httpOrigin: string | undefined) =>
    isAnybody || (httpOrigin !== undefined && matches(httpOrigin))
  const allowOrigin = (httpOrigin = '') => `access-control-allow-origin: ${isAnybody ? '*' : httpOrigin}\r\n`
  return {
    kind: 'cors',
    summary: summaryOf(spec),
    onRequest(request) {
      if (!isPreflight(request)) return undefined
      const httpOrigin = request.field('origin')
      const vary = isAnybody ? '' : varyLine
      if (!isKnown(httpOrigin))
        return preflightReply(vary, `the origin ${JSON.stringify(httpOrigin)} is not allowed`)
      const asksPrivate = request.field('access-control-request-private-network') === 'true'
      const more = asksPrivate && spec.privateNetwork === 'on' ? privateNetworkLine : ''
      return preflightReply(
        allowOrigin(httpOrigin) + allowing + more + vary,
        `the origin ${JSON.stringify(httpOrigin)} is allowed`,
      )
    },
    onResponse(response, request) {
      if (isPreflight(request)) return
      const fields = withoutFieldsFrom(response.fields, 'access-control-')
      const vary = isAnybody || isVaryingBy(fields, 'origin') ? '' : varyLine
      const httpOrigin = request.field('origin')
      response.fields = isKnown(httpOrigin)
        ? fields + allowOrigin(httpOrigin) + exposing + vary
        : fields + vary
    },
    foresee: 'by running',
  }
}

const varyLine = 'vary: origin\r\n'
const privateNetworkLine = 'access-control-allow-private-network: true\r\n'

/** Fetch, "CORS-preflight request"; any other OPTIONS is a request like others. */
function isPreflight(request: RequestView): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.field('origin') !== undefined &&
    request.field('access-control-request-method') !== undefined
  )
}

function preflightReply(fields: string, detail: string): LocalReply {
  return { status: 204, reason: 'cors_preflight', fields, body: '', detail }
}

/** What a preflight hears besides the origin. */
function allowingFields({ credentials, methods, headers, maxAge }: Cors): string {
  const lines = [
    credentials === 'on' ? 'access-control-allow-credentials: true' : '',
    methods.length > 0 ? `access-control-allow-methods: ${methods.join(', ')}` : '',
    headers.length > 0 ? `access-control-allow-headers: ${headers.join(', ')}` : '',
    maxAge === undefined ? '' : `access-control-max-age: ${Math.floor(maxAge / 1000)}`,
  ]
  return block(lines)
}

/** What other answers say besides the origin. */
function exposingFields({ credentials, exposeHeaders }: Cors): string {
  return block([
    credentials === 'on' ? 'access-control-allow-credentials: true' : '',
    exposeHeaders.length > 0 ? `access-control-expose-headers: ${exposeHeaders.join(', ')}` : '',
  ])
}

function block(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `${line}\r\n`)).join('')
}

function summaryOf({ httpOrigins, methods, credentials }: Cors): string {
  const shown =
    httpOrigins.length > 3 ? `${httpOrigins.slice(0, 3).join(', ')} and others` : httpOrigins.join(', ')
  const what = methods.length === 0 ? 'simple methods' : methods.join(', ')
  return `${shown}: ${what}${credentials === 'on' ? ', with credentials' : ''}`
}
