import type { Outcome } from '../../src/model/outcome.ts'
import { value, values } from './message-reader.ts'
import type { OriginConnection, OriginRequest } from './origin.ts'

/** Fields that say something about one connection only; none may reach the origin, save framing. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'upgrade',
  'http2-settings',
]

/** Spoofable fields that the gateway never sends by itself in the tests. */
const foreign =
  /^(l5d-|x-envoy-|x-forwarded-(?!(for|proto|host|port)$)|forwarded$|x-real-ip$|true-client-ip$|cf-connecting-ip$|x-client-ip$|x-cluster-client-ip$|x-original-url$|x-rewrite-url$|x-ssl-client-|ssl-client-|dtab-local$|x-istio-)/i

/**
 * What must hold for everything that reached the origin, whatever was sent: hardening reference §1.8, 1–5.
 *
 * @param listenerPort the port the client came to, as `x-forwarded-port` has to say.
 * @returns sentences; none when all is well.
 */
export function brokenInvariants(
  connections: readonly OriginConnection[],
  requests: readonly OriginRequest[],
  outcomes: readonly Outcome[],
): string[] {
  const wrong: string[] = []
  for (const { index, reader } of connections) {
    if (reader.fault !== undefined) wrong.push(`the origin cannot read connection ${index}: ${reader.fault}`)
  }
  for (const request of requests) wrong.push(...brokenHead(request), ...unlogged(request, outcomes))
  const attempts = outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0)
  if (requests.length > attempts) {
    wrong.push(`the origin saw ${requests.length} requests, the log knows of ${attempts} attempts`)
  }
  for (const connection of connections) {
    const last = connection.reader.messages.at(-1)
    const broken = (last !== undefined && !last.complete) || connection.reader.pending > 0
    if (broken && connection.state === 'open')
      wrong.push(`connection ${connection.index} holds half a request and is open`)
  }
  return wrong
}

function brokenHead(request: OriginRequest): string[] {
  const wrong: string[] = []
  const shown = `${request.method} ${request.target}`
  if (values(request.fields, 'host').length !== 1) wrong.push(`${shown}: not exactly one host`)
  for (const name of hopByHop) {
    if (value(request, name) !== undefined) wrong.push(`${shown}: hop-by-hop field ${name}`)
  }
  if (!/^(100-continue|absent)$/.test(value(request, 'expect') ?? 'absent'))
    wrong.push(`${shown}: an odd expect`)
  for (const [name] of request.fields) {
    if (foreign.test(name)) wrong.push(`${shown}: spoofable field ${name}`)
    if (name.includes('_')) wrong.push(`${shown}: underscore in ${name}`)
  }
  for (const [name, expected] of [
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-proto', 'http'],
  ] as const) {
    if (value(request, name) !== expected)
      wrong.push(`${shown}: ${name} is ${value(request, name) ?? 'absent'}`)
  }
  if (!/^[\w.-]{8,128}$/.test(value(request, 'x-request-id') ?? ''))
    wrong.push(`${shown}: no proper x-request-id`)
  return wrong
}

function unlogged(request: OriginRequest, outcomes: readonly Outcome[]): string[] {
  const id = value(request, 'x-request-id')
  const logged = outcomes.find((outcome) => outcome.requestId === id)
  const shown = `${request.method} ${request.target}`
  if (logged === undefined) return [`${shown} reached the origin and is not in the log`]
  const path = request.target.split('?', 1)[0] ?? ''
  const wrong: string[] = []
  if (logged.path !== path) wrong.push(`${shown} was logged with path ${logged.path}`)
  if (logged.method !== request.method) wrong.push(`${shown} was logged with method ${logged.method}`)
  const host = (value(request, 'host') ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  if (logged.host !== host) wrong.push(`${shown} was logged with host ${logged.host} and sent with ${host}`)
  return wrong
}
