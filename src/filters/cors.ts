import { fieldValue, withoutFieldsFrom } from '../http/field-block.ts'
import type { Cors } from '../model/filters/cors.ts'
import type { LocalReply } from '../model/reply.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Filter } from './filter.ts'
import { originMatch } from './origin-match.ts'

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
  const isAnybody = spec.origins.includes('*')
  const matches = originMatch(isAnybody ? [] : spec.origins)
  const allowing = allowingFields(spec)
  const exposing = exposingFields(spec)
  const isKnown = (origin: string | undefined) => isAnybody || (origin !== undefined && matches(origin))
  const allowOrigin = (origin = '') => `access-control-allow-origin: ${isAnybody ? '*' : origin}\r\n`
  return {
    kind: 'cors',
    summary: summaryOf(spec),
    onRequest(request) {
      if (!isPreflight(request)) return undefined
      const origin = request.field('origin')
      const vary = isAnybody ? '' : varyLine
      if (!isKnown(origin)) return preflightReply(vary, `the origin ${JSON.stringify(origin)} is not allowed`)
      const asksPrivate = request.field('access-control-request-private-network') === 'true'
      const more = asksPrivate && spec.privateNetwork === 'on' ? privateNetworkLine : ''
      return preflightReply(
        allowOrigin(origin) + allowing + more + vary,
        `the origin ${JSON.stringify(origin)} is allowed`,
      )
    },
    onResponse(response, request) {
      if (isPreflight(request)) return
      const fields = withoutFieldsFrom(response.fields, 'access-control-')
      const vary = isAnybody || isVarying(fields) ? '' : varyLine
      const origin = request.field('origin')
      response.fields = isKnown(origin) ? fields + allowOrigin(origin) + exposing + vary : fields + vary
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

/** Whether the answer already says that it depends on the origin. */
function isVarying(fields: string): boolean {
  const vary = fieldValue(fields, 'vary')
  if (vary === undefined) return false
  return vary.split(',').some((name) => ['origin', '*'].includes(name.trim().toLowerCase()))
}

function summaryOf({ origins, methods, credentials }: Cors): string {
  const shown = origins.length > 3 ? `${origins.slice(0, 3).join(', ')} and others` : origins.join(', ')
  const what = methods.length === 0 ? 'simple methods' : methods.join(', ')
  return `${shown}: ${what}${credentials === 'on' ? ', with credentials' : ''}`
}
