import type { LimitCounts } from '../filters/services.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { Logger } from '../telemetry/log.ts'

/** How often one thing is told of. */
const toldEvery: Ms = 10_000
/** Things that were told of; beyond it all are forgotten, and told again. */
const mostTold = 1000

/** Tells what limits in shadow would have refused: each rule at most every ten seconds, with how many there were since. */
export function shadowLimitLog(logger: Logger, clock: Clock): LimitCounts['onShadow'] {
  const paced = new PacedCounts(clock)
  return (route, rule) => {
    const requests = paced.count(`${route} ${rule}`)
    if (requests > 0) logger.info('a limit in shadow would have refused requests', { route, rule, requests })
  }
}

/** Tells of responses whose costs were not taken as they were, as seldom. */
export function badCostLog(logger: Logger, clock: Clock): LimitCounts['onBadCost'] {
  const paced = new PacedCounts(clock)
  return (route, rule, why) => {
    const responses = paced.count(`${route} ${why} ${rule}`)
    if (responses === 0) return
    const message =
      why === 'unreadable'
        ? 'responses say costs that are no numbers, and nothing more was taken from a rate limit'
        : 'responses say costs above the most of a rate limit, which was taken instead'
    logger.warn(message, { route, rule, responses })
  }
}

class PacedCounts {
  readonly #clock: Clock
  readonly #told = new Map<string, { at: Ms; since: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many there were since it was told the last time; 0 when it is not to be told now. */
  count(thing: string): number {
    const now = this.#clock.now()
    const last = this.#told.get(thing)
    if (last !== undefined && now - last.at < toldEvery) {
      last.since += 1
      return 0
    }
    if (this.#told.size >= mostTold) this.#told.clear()
    this.#told.set(thing, { at: now, since: 0 })
    return 1 + (last?.since ?? 0)
  }
}
