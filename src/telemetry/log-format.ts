import { printedSecret as redacted, Secret } from '../model/secret.ts'
import { isSecretName } from '../model/secret-names.ts'
import { isoTime } from './access-log-fields.ts'
import { escapeField } from './escape.ts'
import { redactText } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What an event is about. Values named like secrets are not printed; errors give message and code; `undefined` is left out. */
export type LogFields = Readonly<Record<string, unknown>>

export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly wall: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** A stack is worth more room than other fields: it is only printed for mistakes of our own. */
const stackLimit = 4096

const colours: Readonly<Record<LogLevel, string>> = { debug: '90', info: '36', warn: '33', error: '31' }

/** Texts that a person reads without quotes. */
const plain = /^[\w./:@%+,~[\]-]+$/

/** `{"time":"…","level":"info","message":"…","key":"value"}`; nested values become the text of their JSON. */
export function formatJson(record: LogRecord): string {
  let line = `{"time":"${isoTime(record.wall)}","level":"${record.level}"`
  line += `,"message":"${escapeField(redactText(record.message))}"`
  for (const [name, value] of flatten(record.fields)) {
    const text = typeof value === 'string' ? `"${escapeField(value, limitOf(name))}"` : String(value)
    line += `,"${escapeField(name)}":${text}`
  }
  return `${line}}`
}

/** `2026-11-20T16:02:11.123Z WARN  what happened key=value other="two words"`. */
export function formatText(record: LogRecord, colour: 'on' | 'off'): string {
  const level = record.level.toUpperCase().padEnd(5)
  const shownLevel = colour === 'on' ? `\u001b[${colours[record.level]}m${level}\u001b[0m` : level
  let line = `${isoTime(record.wall)} ${shownLevel} ${escapeField(redactText(record.message))}`
  for (const [name, value] of flatten(record.fields)) {
    const text = String(value)
    line += ` ${escapeField(name)}=${plain.test(text) ? text : `"${escapeField(text, limitOf(name))}"`}`
  }
  return line
}

function limitOf(name: string): number | undefined {
  return name === 'stack' ? stackLimit : undefined
}

/** Names and printable values, errors spread into message, code and (for our own mistakes) stack. */
function flatten(fields: LogFields): readonly (readonly [string, string | number | boolean | null])[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (isSecretName(name) && canHoldSecret(value)) return [[name, redacted] as const]
    return value instanceof Error ? flattenError(name, value) : [[name, printable(value)] as const]
  })
}

/** A count of tokens is no secret. */
function canHoldSecret(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'boolean' && value !== null
}

function flattenError(name: string, error: Error): (readonly [string, string])[] {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  const message = redactText(`${error.message}${cause}`)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code !== undefined) return [[name, message] as const, ['code', code] as const]
  return [[name, message] as const, ['stack', redactText(error.stack ?? '')] as const]
}

function printable(value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : value instanceof Secret ? redacted : toJson(value)
    default:
      return String(value)
  }
}

function toJson(value: object): string {
  try {
    return redactText(
      JSON.stringify(value, (key, part: unknown) =>
        isSecretName(key) && canHoldSecret(part) ? redacted : part,
      ) ?? '',
    )
  } catch {
    return '(cannot be printed)'
  }
}
