import type { RouteDraft } from './build.ts'
import type { Match } from './match.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { printPlace } from './problem.ts'

/** Routes that are never taken, since routes before them ask for the same of the same hosts. */
export function checkReachable(routes: readonly RouteDraft[]): readonly Problem[] {
  const problems: Problem[] = []
  const takenByHost = new Map<string, Map<string, Origin>>()
  for (const { origin, content } of routes) {
    const wanted = matchKey(content.match)
    let first: Origin | undefined
    let isReached = false
    for (const host of content.hosts) {
      const taken = takenByHost.get(host)
      const earlier = taken?.get(wanted)
      first ??= earlier
      if (earlier !== undefined) continue
      isReached = true
      if (taken === undefined) takenByHost.set(host, new Map([[wanted, origin]]))
      else taken.set(wanted, origin)
    }
    if (!isReached && first !== undefined) problems.push(unreached(content.id, origin, first))
  }
  return problems
}

function unreached(id: string, origin: Origin, first: Origin): Problem {
  const message = `route ${JSON.stringify(id)} is never reached: the route at ${printPlace(first)} takes the same requests`
  return { severity: 'warning', origin, message, remedy: 'remove one of them, or let it ask for more' }
}

const keys = new WeakMap<Match, string>()

/** A text that is the same for matches that ask for the same. */
function matchKey(match: Match): string {
  const known = keys.get(match)
  if (known !== undefined) return known
  const key = JSON.stringify(match)
  keys.set(match, key)
  return key
}
