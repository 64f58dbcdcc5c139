import type { Origin } from '../model/origin.ts'
import type { Problem } from '../model/problem.ts'
import type { Settings } from '../model/settings.ts'

/** Blocks that a running gateway does not take up; `drain` it does. */
const fixedAtStart = ['workers', 'admin', 'log', 'accessLog', 'redis', 'kubernetes'] as const

/**
 * What of a new configuration waits for a restart, as warnings.
 *
 * @param file stands in the messages: settings have no lines of their own in the model.
 */
export function settingsProblems(atStart: Settings, now: Settings, file: string): Problem[] {
  const changed = fixedAtStart.filter(
    (block) => JSON.stringify(atStart[block]) !== JSON.stringify(now[block]),
  )
  return changed.map((block) => ({
    severity: 'warning',
    origin: originOf(block, file),
    message: `"${block}" has changed and takes effect at restart`,
    remedy: 'restart the gateway, or take the change back',
  }))
}

function originOf(field: string, file: string): Origin {
  return { source: 'file', file, line: 0, column: 0, field }
}
