import { appendField, eachField } from '../http/field-block.ts'
import type { ForwardAuth } from '../model/filters/forward-auth.ts'
import type { BodyStart, RequestDraft } from './filter.ts'
import { escapeTarget } from './redirect.ts'
import { requestScheme } from './request-scheme.ts'

/**
 * Headers by which the server that is asked learns of the request: those of ingress-nginx and those of Traefik's ForwardAuth, so that
 * servers made for either understand. What the client sent under these names is never told.
 */
const assertedNames: readonly string[] = [
  'x-original-url',
  'x-original-method',
  'x-original-uri',
  'x-auth-request-redirect',
  'x-sent-from',
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-real-ip',
  'x-auth-body',
]

/** Told besides those that are chosen: the gateway wrote them, or let a trusted proxy's pass. */
const forwardedNames: readonly string[] = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-request-id',
]

/** Left out when all are told: they ask for something of the upstream, not of the server that is asked. */
const neverTold: readonly string[] = [
  'accept-encoding',
  'content-encoding',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'range',
  'upgrade',
]

/** Told with a body: what it is. */
const bodyNames: readonly string[] = ['content-encoding', 'content-type']

/** Makes the header lines of a question from those of a request. */
export function questionFields({
  told,
  toldBody,
}: Pick<ForwardAuth, 'told' | 'toldBody'>): (request: RequestDraft, body?: BodyStart) => string {
  const withBody = toldBody === undefined ? [] : bodyNames
  const chosen = told === 'all' ? undefined : new Set([...told, ...forwardedNames, ...withBody])
  const untold = told === 'all' ? neverTold.filter((name) => !withBody.includes(name)) : []
  const left = new Set([...assertedNames, ...untold])
  // Many servers take `X_Real_Ip` for `X-Real-Ip`: RFC 3875 §4.1.18.
  const twins = new Set([...left, ...forwardedNames])
  return (request, body) => {
    let fields = ''
    eachField(request.fields, (name, value) => {
      const lower = name.toLowerCase()
      if (left.has(lower) || (told === 'all' && lower.startsWith('sec-websocket-'))) return
      if (lower.includes('_') && twins.has(lower.replaceAll('_', '-'))) return
      if (chosen === undefined || chosen.has(lower)) fields = appendField(fields, name, value)
    })
    const extent = body === undefined ? '' : `x-auth-body: ${body.isWhole ? 'whole' : 'part'}\r\n`
    return fields + asserted(request) + extent
  }
}

function asserted(request: RequestDraft): string {
  const { method, clientAddress } = request
  const uri = requestUri(request)
  const client = clientAddress === '' ? '' : `x-real-ip: ${clientAddress}\r\n`
  return `x-original-url: ${requestScheme(request)}://${request.authority}${uri}\r\nx-original-method: ${method}\r\nx-auth-request-redirect: ${uri}\r\nx-forwarded-method: ${method}\r\nx-forwarded-uri: ${uri}\r\nx-sent-from: tidegate\r\n${client}`
}

/** Path and query as the client asked, with what has no place in a URI encoded. */
export function requestUri({ path, query }: RequestDraft): string {
  return escapeTarget(query === '' ? path : `${path}?${query}`)
}
