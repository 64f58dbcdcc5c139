import type { RouteDraft } from '../../model/build.ts'
import type { UpgradeRules } from '../../model/route.ts'
import type { Placed } from '../read/config-file.ts'
import type { NativeRoute } from '../schema/route.ts'
import { filterSpec } from './filters.ts'
import { matchOf } from './match.ts'
import { derivedId } from './route-id.ts'
import { targetTree } from './target.ts'

/** Routes as the model has them, in the order written; ids are still to be told apart. */
export function routeDrafts(placed: readonly Placed<NativeRoute>[]): RouteDraft[] {
  return placed.map(({ value, origin }) => ({ origin, content: contentOf(value) }))
}

const contents = new WeakMap<NativeRoute, RouteDraft['content']>()

/** Made once for each route that was read: one that is remembered from the last translation brings its fingerprint along. */
function contentOf(route: NativeRoute): RouteDraft['content'] {
  const known = contents.get(route)
  if (known !== undefined) return known
  const match = matchOf(route)
  const content: RouteDraft['content'] = {
    id: route.name ?? derivedId(route.hosts, match),
    hosts: route.hosts,
    match,
    filters: route.filters.map(filterSpec),
    target: targetTree(route.to),
    timeouts: route.timeouts,
    retry: route.retry,
    upgrade: upgradeOf(route.upgrade),
    body: route.body,
    accessLog: route.accessLog,
  }
  contents.set(route, content)
  return content
}

const upgrades = new WeakMap<NativeRoute['upgrade'], UpgradeRules>()

/** One object for all routes that leave it out, so that its text is made once. */
export function upgradeOf(native: NativeRoute['upgrade']): UpgradeRules {
  const known = upgrades.get(native)
  if (known !== undefined) return known
  const { origins, ...rest } = native
  const rules = { ...rest, httpOrigins: origins }
  upgrades.set(native, rules)
  return rules
}
