import type { Outcome } from '../model/outcome.ts'
import { printedSecret as redacted } from '../model/secret.ts'
import { isSecretName } from '../model/secret-names.ts'
import { type FieldReader, fieldReaders, isoTime, millis, redactedQuery } from './access-log-fields.ts'
import { escapeField } from './escape.ts'
import { redactText } from './redact.ts'

/** The line of one request, with its line feed. */
export type LineFormat = (outcome: Outcome) => string

/** `%{name}`, `%{header:name}`, `%%`, or a lone percent sign. */
const placeholder = /%(?:\{([^{}]*)\}|(%))?/g
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

/**
 * Compiles `json` or a template such as `%{client} "%{method} %{path}" %{status}` once, to what makes the lines.
 *
 * Fields that have no value are left out of JSON and are `-` in a template; `%%` is a percent sign.
 *
 * @throws {RangeError} for a field that does not exist, with a message fit for the operator.
 */
export function compileFormat(format: string, query: 'on' | 'off'): LineFormat {
  if (format === 'json') return query === 'on' ? jsonLineWithQuery : jsonLine
  const parts = compileTemplate(format, query)
  return (outcome) => {
    let line = ''
    for (const part of parts) line += typeof part === 'string' ? part : part(outcome) || '-'
    return `${line}\n`
  }
}

function compileTemplate(format: string, query: 'on' | 'off'): readonly (string | FieldReader)[] {
  const parts: (string | FieldReader)[] = []
  let at = 0
  for (const match of format.matchAll(placeholder)) {
    if (match.index > at) parts.push(literal(format.slice(at, match.index)))
    parts.push(match[2] === '%' ? '%' : readerOf(match[1], format, query))
    at = match.index + match[0].length
  }
  if (at < format.length) parts.push(literal(format.slice(at)))
  return parts
}

/** The operator's own text; a line feed in it would make two lines of one. */
function literal(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ')
}

function readerOf(name: string | undefined, format: string, query: 'on' | 'off'): FieldReader {
  if (name === undefined) throw new RangeError(`access log format "${format}" has a lone "%": write "%%"`)
  if (name.startsWith('header:')) return headerReader(name.slice('header:'.length).toLowerCase())
  const reader = fieldReaders.get(name)
  if (reader === undefined) {
    const known = [...fieldReaders.keys()].join(', ')
    throw new RangeError(`access log format has no field "${name}": write one of ${known}, header:NAME`)
  }
  return name === 'query' && query === 'off' ? () => '' : reader
}

function headerReader(name: string): FieldReader {
  if (!token.test(name))
    throw new RangeError(`access log format has no header "${name}": write header:user-agent`)
  if (isSecretName(name)) return (outcome) => (outcome.field(name) === undefined ? '' : redacted)
  return (outcome) => escapeField(outcome.field(name) ?? '')
}

function jsonLineWithQuery(outcome: Outcome): string {
  const query = outcome.query === '' ? '' : `","query":"${escapeField(redactedQuery(outcome.query))}`
  return jsonHead(outcome) + query + jsonTail(outcome)
}

function jsonLine(outcome: Outcome): string {
  return jsonHead(outcome) + jsonTail(outcome)
}

/** Up to and with the path, or what stands last for a tunnel, without its closing quote. */
function jsonHead(outcome: Outcome): string {
  let line = `{"time":"${isoTime(outcome.startedWall)}","request_id":"${escapeField(outcome.requestId)}`
  line += `","listener":"${escapeField(outcome.listener)}`
  if (outcome.route !== '') line += `","route":"${escapeField(outcome.route)}`
  if (outcome.cluster !== '') line += `","cluster":"${escapeField(outcome.cluster)}`
  if (outcome.endpoint !== '') line += `","endpoint":"${escapeField(outcome.endpoint)}`
  line += `","client":"${escapeField(outcome.clientAddress)}`
  if (outcome.peerAddress !== outcome.clientAddress) line += `","peer":"${escapeField(outcome.peerAddress)}`
  line += `","protocol":"${outcome.protocol}","scheme":"${outcome.scheme}`
  if (outcome.protocol === 'TCP')
    return outcome.host === '' ? line : `${line}","host":"${escapeField(outcome.host)}`
  line += `","method":"${escapeField(outcome.method)}`
  return `${line}","host":"${escapeField(outcome.host)}","path":"${escapeField(outcome.path)}`
}

/** From the closing quote of the path or query to the line feed. */
function jsonTail(outcome: Outcome): string {
  let line = outcome.status === 0 ? '"' : `","status":${outcome.status}`
  line += `,"duration_ms":${millis(outcome.durationMs)}`
  line += `,"request_bytes":${outcome.requestBytes},"response_bytes":${outcome.responseBytes}`
  if (outcome.attempts > 0)
    line += `,"attempts":${outcome.attempts},"connect_ms":${millis(outcome.connectMs)}`
  if (outcome.upstreamMs >= 0) line += `,"upstream_ms":${millis(outcome.upstreamMs)}`
  if (outcome.grpcStatus >= 0) line += `,"grpc_status":${outcome.grpcStatus}`
  if (outcome.reason !== undefined) line += `,"reason":"${outcome.reason}"`
  if (outcome.detail !== '') line += `,"detail":"${escapeField(redactText(outcome.detail))}"`
  const agent = outcome.field('user-agent')
  return agent === undefined ? `${line}}\n` : `${line},"user_agent":"${escapeField(agent)}"}\n`
}
