import type { Outcome } from '../model/outcome.ts'
import { escapeField, fieldLimit } from './escape.ts'
import { redactQuery, redactText } from './redact.ts'

/** The value of a field for one request, ready to stand between quotes; `""` when there is none. */
export type FieldReader = (outcome: Outcome) => string

/** What a template may name, besides `header:NAME`; JSON lines use the same names. */
export const fieldReaders: ReadonlyMap<string, FieldReader> = new Map<string, FieldReader>([
  ['time', (outcome) => isoTime(outcome.startedWall)],
  ['request_id', (outcome) => escapeField(outcome.requestId)],
  ['listener', (outcome) => escapeField(outcome.listener)],
  ['route', (outcome) => escapeField(outcome.route)],
  ['cluster', (outcome) => escapeField(outcome.cluster)],
  ['endpoint', (outcome) => escapeField(outcome.endpoint)],
  ['client', (outcome) => escapeField(outcome.clientAddress)],
  ['peer', (outcome) => escapeField(outcome.peerAddress)],
  ['protocol', (outcome) => outcome.protocol],
  ['scheme', (outcome) => outcome.scheme],
  ['method', (outcome) => escapeField(outcome.method)],
  ['host', (outcome) => escapeField(outcome.host)],
  ['path', (outcome) => escapeField(outcome.path)],
  ['query', (outcome) => escapeField(redactedQuery(outcome.query))],
  ['status', (outcome) => (outcome.status === 0 ? '' : String(outcome.status))],
  ['grpc_status', (outcome) => (outcome.grpcStatus < 0 ? '' : String(outcome.grpcStatus))],
  ['reason', (outcome) => outcome.reason ?? ''],
  ['detail', (outcome) => escapeField(redactText(outcome.detail))],
  ['duration_ms', (outcome) => millis(outcome.durationMs)],
  ['upstream_ms', (outcome) => (outcome.upstreamMs < 0 ? '' : millis(outcome.upstreamMs))],
  ['connect_ms', (outcome) => (outcome.attempts === 0 ? '' : millis(outcome.connectMs))],
  ['attempts', (outcome) => String(outcome.attempts)],
  ['request_bytes', (outcome) => String(outcome.requestBytes)],
  ['response_bytes', (outcome) => String(outcome.responseBytes)],
  ['user_agent', (outcome) => escapeField(outcome.field('user-agent') ?? '')],
  ['referer', (outcome) => escapeField(withoutQuery(outcome.field('referer') ?? ''))],
])

/** Fractions of a millisecond, `.000` to `.999`: cheaper than formatting a double. */
const thousandths: readonly string[] = Array.from(
  { length: 1000 },
  (_, i) => `.${String(i).padStart(3, '0')}`,
)

/** Milliseconds with three decimals. */
export function millis(ms: number): string {
  if (!(ms >= 0)) return '0.000'
  const micros = Math.round(ms * 1000)
  const rest = micros % 1000
  return (micros - rest) / 1000 + (thousandths[rest] ?? '')
}

let lastWall = -1
let lastTime = ''
let lastSecond = -1
let lastSecondText = ''

/** `2026-11-20T16:02:11.123Z`; most requests share the second, many the millisecond, with the one before. */
export function isoTime(wall: number): string {
  const ms = Math.floor(wall)
  if (ms === lastWall) return lastTime
  const second = Math.floor(ms / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastSecondText = new Date(second * 1000).toISOString().slice(0, 19)
  }
  lastWall = ms
  lastTime = `${lastSecondText}${thousandths[ms - second * 1000] ?? ''}Z`
  return lastTime
}

/** The query without what looks like a secret; cut before, so that a huge one costs nothing. */
export function redactedQuery(query: string): string {
  return query === '' ? '' : redactQuery(query.slice(0, fieldLimit))
}

/** Queries of other sites hold secrets as well. */
function withoutQuery(url: string): string {
  const at = url.search(/[?#]/)
  return at < 0 ? url : url.slice(0, at)
}
