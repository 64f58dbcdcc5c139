import { format } from 'node:util'
import type { ExtensionLogger } from '../author-types.ts'
import type { ExtensionLog } from '../call.ts'

type Level = Parameters<ExtensionLog>[0]
type Fields = Readonly<Record<string, unknown>>

/** What Fastify asks of a logger. */
export interface HostedLogger extends ExtensionLogger {
  level: string
  silent(): void
  child(bindings: Fields): HostedLogger
}

/** The logger of an app, a request or a fetch extension: lines go to `log`. */
export function hostedLogger(log: ExtensionLog | undefined, requestId?: string): HostedLogger {
  return log === undefined ? silent : new Lines(log, requestId, noFields)
}

const noFields: Fields = {}

/** As pino would be; one is made for every request. */
class Lines implements HostedLogger {
  readonly #log: ExtensionLog
  readonly #requestId: string | undefined
  readonly #bound: Fields

  constructor(log: ExtensionLog, requestId: string | undefined, bound: Fields) {
    this.#log = log
    this.#requestId = requestId
    this.#bound = bound
  }

  get level(): string {
    return 'info'
  }

  /** All levels are told; who listens chooses. */
  set level(_: string) {}

  silent(): void {}

  child(bindings: Fields): HostedLogger {
    return new Lines(this.#log, this.#requestId, { ...this.#bound, ...bindings })
  }

  trace(...said: unknown[]): void {
    this.#say('trace', said)
  }

  debug(...said: unknown[]): void {
    this.#say('debug', said)
  }

  info(...said: unknown[]): void {
    this.#say('info', said)
  }

  warn(...said: unknown[]): void {
    this.#say('warn', said)
  }

  error(...said: unknown[]): void {
    this.#say('error', said)
  }

  fatal(...said: unknown[]): void {
    this.#say('fatal', said)
  }

  #say(level: Level, [first, ...rest]: unknown[]): void {
    if (typeof first !== 'object' || first === null)
      return this.#log(level, format(first, ...rest), this.#bound, this.#requestId)
    const isError = first instanceof Error
    const message = rest.length > 0 ? format(...rest) : isError ? first.message : ''
    const fields = isError ? { err: first } : (first as Fields)
    this.#log(level, message, { ...this.#bound, ...fields }, this.#requestId)
  }
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
