import type { IncomingHttpHeaders } from 'node:http'
import { quoted } from '../../../std/quoted.ts'
import type { Ms } from '../../../std/units.ts'
import { ApiError } from '../api.ts'
import { CredentialsError } from './kubeconfig.ts'

/** What was asked, for messages. */
export interface Asked {
  readonly server: string
  readonly method: string
  /** With its query, which is not shown. */
  readonly path: string
}

/** The error for an answer that is no success, from its Status object when it is one. */
export function answerFailure(
  asked: Asked,
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string },
): ApiError {
  const { status, headers, body } = answer
  const said = statusObject(body)
  const retryAfter = retryAfterOf(headers['retry-after']) ?? said.retryAfter
  return new ApiError(sentence(asked, status, said.message), { status, reason: said.reason, retryAfter })
}

/** The error for an answer that never came. */
export function noAnswer(asked: Asked, cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  if (cause instanceof CredentialsError)
    return new ApiError(cause.message, { status: 0, reason: 'Credentials', cause })
  const code = codeOf(cause)
  const server = `the API server ${asked.server}`
  if (isCertificateFault(cause))
    return new ApiError(
      `the certificate of ${server} is not trusted: ${quoted(messageOf(cause), 160)} (${code}); check the certificate authority in the kubeconfig`,
      { status: 0, reason: 'Certificate', cause },
    )
  const why = reasons.get(code) ?? `${quoted(messageOf(cause), 160)}${code === '' ? '' : ` (${code})`}`
  return new ApiError(`${server} cannot be reached: ${why}; check the address and the network`, {
    status: 0,
    reason: 'Unreachable',
    cause,
  })
}

/** The error for an answer that does not hold what it should. */
export function badAnswer(asked: Asked, why: string, reason: string): ApiError {
  return new ApiError(`the API server ${asked.server} answered ${shownPath(asked)} ${why}`, {
    status: 0,
    reason,
  })
}

/** Whether the failure is one of TLS, which other files for authority or certificate might mend. */
export function isTlsFault(error: unknown): boolean {
  return isCertificateFault(error) || /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/.test(codeOf(error))
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'it refused the connection'],
  ['ECONNRESET', 'it broke the connection off'],
  ['EPIPE', 'it broke the connection off'],
  ['ENOTFOUND', 'its name is not known'],
  ['EAI_AGAIN', 'its name cannot be looked up now'],
  ['ETIMEDOUT', 'it does not answer'],
  ['EHOSTUNREACH', 'there is no way to its host'],
  ['ENETUNREACH', 'there is no way to its network'],
])

function isCertificateFault(error: unknown): boolean {
  return /CERT|ALTNAME|SIGNATURE|ISSUER|SELF_SIGNED/.test(codeOf(error))
}

function sentence(asked: Asked, status: number, message: string): string {
  const said = message === '' ? '' : `: ${quoted(message, 300)}`
  switch (status) {
    case 401:
      return `the API server ${asked.server} does not accept our credentials (401); renew the token or the client certificate`
    case 403:
      return `${doing(asked)} is not allowed (403)${said}; give the rights that the chart's roles list`
    case 404:
      return `${doing(asked)} found nothing (404)${said}`
    default:
      return `${doing(asked)} failed with ${status}${said}`
  }
}

function doing(asked: Asked): string {
  return `${asked.method} ${shownPath(asked)}`
}

function shownPath({ path }: Asked): string {
  const query = path.indexOf('?')
  return quoted(query < 0 ? path : path.slice(0, query), 160)
}

interface Said {
  readonly reason: string
  readonly message: string
  readonly retryAfter: Ms | undefined
}

/** Of a body that may be anything: a proxy's page, `404 page not found`. */
function statusObject(body: string): Said {
  const nothing = { reason: '', message: '', retryAfter: undefined }
  try {
    return saidBy(JSON.parse(body)) ?? nothing
  } catch {
    return nothing
  }
}

/** What a Status object says; `undefined` for what is none. */
export function saidBy(value: unknown): Said | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { reason, message, details } = value as Readonly<Record<string, unknown>>
  const seconds = (details as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    retryAfter: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
  }
}

/** Seconds alone: the API server never sends a date. */
function retryAfterOf(header: string | undefined): Ms | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
