import type { Logger } from '../telemetry/log.ts'

/** How long a process that has seen a mistake of its own may go on: what is in flight deserves a try, not more. */
export const defectDrainMs = 5_000

/**
 * Watches for exceptions that nobody caught. The first is logged with its stack and ends the process gracefully; one more
 * is only logged.
 *
 * @param leave drains and ends the process with exit code 1.
 */
export function onUncaught(logger: Logger, leave: () => void): void {
  let seen = 0
  process.on('uncaughtException', (error: unknown) => {
    seen++
    const stack = error instanceof Error ? error.stack : undefined
    logger.error('a mistake of the gateway that nobody caught; please report it', { error, stack })
    if (seen === 1) leave()
  })
}
