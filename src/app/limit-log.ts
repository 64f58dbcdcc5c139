import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { Logger } from '../telemetry/log.ts'

/** How often one rule in shadow is told of. */
const toldEvery: Ms = 10_000
/** Rules that were told of; beyond it all are forgotten, and told again. */
const mostRules = 1000

/** Tells what rate limits in shadow would have refused: each rule at most every ten seconds, with how many there were since. */
export function shadowLimitLog(logger: Logger, clock: Clock): (route: string, rule: string) => void {
  const told = new Map<string, { at: Ms; since: number }>()
  return (route, rule) => {
    const now = clock.now()
    const key = `${route} ${rule}`
    const last = told.get(key)
    if (last !== undefined && now - last.at < toldEvery) {
      last.since += 1
      return
    }
    if (told.size >= mostRules) told.clear()
    told.set(key, { at: now, since: 0 })
    const requests = 1 + (last?.since ?? 0)
    logger.info('a rate limit in shadow would have refused requests', { route, rule, requests })
  }
}
