import type { Cluster } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { within } from '../std/within.ts'
import type { Registry } from '../upstream/registry.ts'

/** How long a change waits for names; what answers later comes in as any change of endpoints. */
const longestLookup: Ms = 5_000

/** Lets clusters that are found by name find their endpoints. Settles at once when there are none, at the latest after 5 s. */
export async function findEndpoints(
  named: readonly Cluster[],
  registry: Registry,
  clock: Clock,
): Promise<void> {
  if (named.length === 0) return
  registry.apply({ put: named, removed: [] })
  await within(registry.resolved(), longestLookup, clock)
}
