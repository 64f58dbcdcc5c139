import { isUtf8 } from 'node:buffer'
import { fieldValue, withoutField } from '../http/field-block.ts'
import type { ForwardAuth, SignIn } from '../model/filters/forward-auth.ts'
import type { LocalReply } from '../model/reply.ts'
import { requestUri } from './auth-question.ts'
import { isOwnHeader } from './authz/headers-of-server.ts'
import { chosenLines } from './chosen-lines.ts'
import type { RequestDraft } from './filter.ts'
import { requestScheme } from './request-scheme.ts'
import type { Answered } from './subrequest.ts'

/** The denial that an answer stands for, whose status denies. */
type Deny = (answer: Answered, request: RequestDraft) => LocalReply

/** Statuses that deny. A 404 is left out on purpose: it says that the wrong thing was asked. */
const denying: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 401, 403, 429])

/** Whether an answer with this status says something of the request, whatever it says. */
export function isVerdict(status: number): boolean {
  return (status >= 200 && status < 300) || denying.has(status)
}

/** For a request that nobody decided over. @param detail why, for the log. */
export function authUnavailable(detail: string): LocalReply {
  return { status: 503, reason: 'auth_unavailable', fields: '', body: undefined, detail }
}

export function denials({
  cluster,
  denial,
  signIn,
}: Pick<ForwardAuth, 'cluster' | 'denial' | 'signIn'>): Deny {
  const signInUrl = signIn && compileSignIn(signIn)
  const given = denial.filter((name) => !isOwnHeader(name))
  return (answer, request) => {
    const { status } = answer
    const reason = status === 401 || status < 400 ? 'unauthorized' : 'forbidden'
    const fields = chosenLines(answer.fields, given)
    const detail = `cluster "${cluster}": answered ${status}`
    if (status === 401 && signIn !== undefined && signInUrl !== undefined) {
      const location = `location: ${signInUrl(request)}\r\n`
      const kept = withoutField(withoutField(fields, 'location'), 'content-type')
      return { status: signIn.status, reason, fields: kept + location, body: undefined, detail }
    }
    const body = textOf(answer)
    const described = body === undefined ? withoutField(fields, 'content-type') : fields
    return { status, reason, fields: described, body, detail }
  }
}

/** The body when it is text that can be sent as it is. */
function textOf({ body, fields }: Answered): string | undefined {
  if (body === undefined || body.length === 0 || !isUtf8(body)) return undefined
  return fieldValue(fields, 'content-encoding') === undefined ? body.toString('utf8') : undefined
}

/** Splits the URL once; a request costs one concatenation for each variable. */
function compileSignIn({ url, parameter }: SignIn): (request: RequestDraft) => string {
  const parts = url.split(/\{(scheme|host|uri|escapedUri)\}/)
  const hasParameter = queryOf(url)
    .split('&')
    .some((part) => part.split('=', 1)[0] === parameter)
  const separator = url.includes('?') ? '&' : '?'
  return (request) => {
    let location = ''
    for (let i = 0; i < parts.length; i++) {
      location += i % 2 === 0 ? parts[i] : valueOf(parts[i] ?? '', request)
    }
    if (hasParameter) return location
    const asked = `${requestScheme(request)}://${request.authority}${requestUri(request)}`
    return `${location}${separator}${parameter}=${encodeURIComponent(asked)}`
  }
}

function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}

function valueOf(variable: string, request: RequestDraft): string {
  switch (variable) {
    case 'scheme':
      return requestScheme(request)
    case 'host':
      return request.authority
    case 'uri':
      return requestUri(request)
    default:
      return encodeURIComponent(requestUri(request))
  }
}
