import { leavesOf } from '../names/leaves.ts'
import { closest } from '../std/closest.ts'
import type { RouteDraft } from './build.ts'
import type { Problem } from './problem.ts'
import type { Locate } from './validate.ts'

/** What stands beside the parts that are sound. */
export interface Known {
  /** Routes that are left out for mistakes of their own; what they refer to is looked at all the same. */
  readonly damaged: readonly RouteDraft[]
  /** Names that routes may refer to, also those of damaged pieces; `undefined` when not all are known, and nothing is said about them. */
  readonly clusters: ReadonlySet<string> | undefined
  readonly listeners: ReadonlySet<string> | undefined
}

/** Whether routes lead to clusters that exist, and are for listeners that exist. */
export function checkReferences(
  routes: readonly RouteDraft[],
  known: Known,
  locate: Locate,
): readonly Problem[] {
  const problems: Problem[] = []
  const check = (route: RouteDraft, field: string, kind: 'cluster' | 'listener', name: string) => {
    const names = kind === 'cluster' ? known.clusters : known.listeners
    if (names === undefined || names.has(name)) return
    problems.push({
      severity: 'error',
      origin: locate(route.origin, field, name),
      message: `${kind} ${JSON.stringify(name)} does not exist`,
      remedy: remedyFor(kind, name, names),
    })
  }
  for (const route of [...routes, ...known.damaged]) {
    for (const name of leavesOf(route.content.target)) check(route, 'to', 'cluster', name)
    for (const name of route.content.match.listeners) check(route, 'listeners', 'listener', name)
  }
  return problems
}

function remedyFor(kind: 'cluster' | 'listener', name: string, names: ReadonlySet<string>): string {
  const near = closest(name, names)
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`
  return kind === 'cluster' ? `add it under "clusters"` : `add it under "listeners"`
}
