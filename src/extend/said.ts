import type { Clock } from '../std/clock.ts'
import type { ExtensionLog } from './call.ts'
import { LineBudget } from './line-budget.ts'

/** What an extension said by its logger, as it crosses threads and stands in the log. */
export interface Said {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** JSON of what it gave beside, cut; `""` when that is nothing. */
  readonly fields: string
  readonly requestId: string | undefined
  /** Lines that were left out before this one. */
  readonly left: number
}

/** Longer texts are cut. */
const longest = 4096

const levels = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const

/** A logger for extensions that tells so much as anybody reads. */
export function sayer(onSaid: (said: Said) => void, clock: Pick<Clock, 'now'>): ExtensionLog {
  const budget = new LineBudget(clock)
  return (level, message, fields, requestId) => {
    if (!budget.take()) return
    const text = message.slice(0, longest)
    onSaid({ level: levels[level], message: text, fields: printed(fields), requestId, left: budget.left() })
  }
}

function printed(fields: Readonly<Record<string, unknown>>): string {
  if (Object.keys(fields).length === 0) return ''
  try {
    return JSON.stringify(fields, (_, value: unknown) =>
      value instanceof Error ? value.stack : value,
    ).slice(0, longest)
  } catch {
    return ''
  }
}
