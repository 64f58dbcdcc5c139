import { printedSecret as redacted } from '../model/secret.ts'
import { formatJson, formatText, type LogFields, type LogLevel, type LogRecord } from './log-format.ts'

export interface LoggerOptions {
  readonly level: LogLevel
  /** `text` is for people; `terminal` is the same with colours; `json` is for everybody else. */
  readonly format: 'json' | 'text' | 'terminal'
  /** Takes a line that ends with a line feed; see `LineWriter.add`. */
  readonly write: (line: string) => void
  /** Milliseconds since 1970. */
  readonly wall: () => number
  /** On every line: `{ process: 'worker-1' }`. */
  readonly fields: LogFields
}

/** What a logger has in common with its children. */
interface Shared {
  /** Texts that must never be printed, whatever they are part of. */
  readonly hidden: Set<string>
  readonly sampled: Map<string, { since: number; suppressed: number }>
  level: LogLevel
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Classes of sampled lines are written in code, so there are few; this is for the day somebody forgets that. */
const sampledClasses = 1000

/** The gateway's own log: one line per event, escaped, without secrets. */
export class Logger {
  readonly #options: LoggerOptions
  readonly #shared: Shared

  constructor(options: LoggerOptions, shared?: Shared) {
    this.#options = options
    this.#shared = shared ?? { level: options.level, hidden: new Set(), sampled: new Map() }
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }

  /**
   * One line per class and second, so that an attacker cannot fill the disk. The first line after a pause says how many
   * were left out, as `suppressed`.
   *
   * @param kind the class; a constant of the code, never something a peer sent.
   */
  sampled(kind: string, level: LogLevel, message: string, fields?: LogFields): void {
    if (!this.enabled(level)) return
    const { sampled } = this.#shared
    const now = this.#options.wall()
    const seen = sampled.get(kind)
    if (seen !== undefined && now - seen.since < 1000 && now >= seen.since) {
      seen.suppressed += 1
      return
    }
    if (sampled.size >= sampledClasses) sampled.clear()
    sampled.set(kind, { since: now, suppressed: 0 })
    const suppressed = seen === undefined || seen.suppressed === 0 ? undefined : seen.suppressed
    this.#log(level, message, { ...fields, suppressed })
  }

  enabled(level: LogLevel): boolean {
    return ranks[level] >= ranks[this.#shared.level]
  }

  /** Holds for this logger and all its children from now on. */
  setLevel(level: LogLevel): void {
    this.#shared.level = level
  }

  /** From now on this text is printed as `[secret]`, wherever it stands; texts under 4 characters hide too much. */
  hide(secret: string): void {
    if (secret.length >= 4) this.#shared.hidden.add(secret)
  }

  /** The same log with further fields on every line. */
  child(fields: LogFields): Logger {
    return new Logger({ ...this.#options, fields: { ...this.#options.fields, ...fields } }, this.#shared)
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!this.enabled(level)) return
    const { format, fields: own, wall, write } = this.#options
    const record: LogRecord = { wall: wall(), level, message, fields: { ...own, ...fields } }
    let line =
      format === 'json' ? formatJson(record) : formatText(record, format === 'terminal' ? 'on' : 'off')
    for (const secret of this.#shared.hidden) line = line.replaceAll(secret, redacted)
    write(`${line}\n`)
  }
}
