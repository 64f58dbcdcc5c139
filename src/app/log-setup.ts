import { systemClock } from '../std/clock.ts'
import { LineWriter } from '../telemetry/line-writer.ts'
import { Logger } from '../telemetry/log.ts'
import type { LogFields, LogLevel } from '../telemetry/log-format.ts'

export interface ProcessLog extends AsyncDisposable {
  readonly logger: Logger
}

/**
 * The gateway's own log on the error output, so that access lines on the standard output stay alone: text at a
 * terminal, JSON elsewhere.
 *
 * @param fields on every line.
 * @param onDropped hears of lines that could not be written.
 */
export async function openLog(
  level: LogLevel,
  fields: LogFields,
  onDropped: (lines: number) => void,
): Promise<ProcessLog> {
  const writer = new LineWriter({ to: 'stderr', clock: systemClock, delay: 0, onDropped })
  await writer.open()
  const format = process.stderr.isTTY ? 'terminal' : 'json'
  const logger = new Logger({
    level,
    format,
    write: (line) => writer.add(line),
    wall: () => systemClock.wall(),
    fields,
  })
  return { logger, [Symbol.asyncDispose]: () => writer.close() }
}
