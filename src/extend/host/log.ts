import { format } from 'node:util'
import type { ExtensionLogger } from '../author-types.ts'
import type { ExtensionLog } from '../call.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** What Fastify asks of a logger. */
export interface HostedLogger extends ExtensionLogger {
  level: string
  silent: () => void
  child(bindings: Readonly<Record<string, unknown>>): HostedLogger
}

/** The logger of an app, a request or a fetch extension, as pino would be: lines go to `log`. @param bound fields of every line. */
export function hostedLogger(
  log: ExtensionLog | undefined,
  requestId?: string,
  bound: Readonly<Record<string, unknown>> = {},
): HostedLogger {
  if (log === undefined) return silent
  const logger = {
    level: 'info',
    silent: nothing,
    child: (more: Readonly<Record<string, unknown>>) => hostedLogger(log, requestId, { ...bound, ...more }),
  } as HostedLogger
  for (const level of levels)
    logger[level] = (first, ...rest) => {
      if (typeof first === 'string') return log(level, format(first, ...rest), bound, requestId)
      const fields = first instanceof Error ? { err: first } : (first as Record<string, unknown> | undefined)
      const message = rest.length > 0 ? format(...rest) : first instanceof Error ? first.message : ''
      log(level, message, { ...bound, ...fields }, requestId)
    }
  return logger
}

function nothing(): void {}

const silent: HostedLogger = {
  level: 'silent',
  silent: nothing,
  child: () => silent,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
}
