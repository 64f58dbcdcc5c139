import type { RouteDraft } from '../../model/build.ts'
import type { Origin } from '../../model/origin.ts'
import type { UpgradeRules } from '../../model/route.ts'
import type { Placed } from '../read/config-file.ts'
import type { NativeRoute } from '../schema/route.ts'
import { type FilterFiles, noFiles } from './filter-files.ts'
import { filterSpec, namesFile } from './filters.ts'
import { matchOf } from './match.ts'
import type { Materials } from './materials.ts'
import { derivedId } from './route-id.ts'
import { targetTree } from './target.ts'

/**
 * Routes as the model has them, in the order written; ids are still to be told apart.
 *
 * @param materials where files are read that filters name; without, they are left out.
 */
export function routeDrafts(placed: readonly Placed<NativeRoute>[], materials?: Materials): RouteDraft[] {
  return placed.map(({ value, origin }) => ({ origin, content: contentOf(value, origin, materials) }))
}

const contents = new WeakMap<NativeRoute, RouteDraft['content']>()

/**
 * Made once for each route that was read: one that is remembered from the last translation brings its fingerprint along. Files that
 * filters name may hold something else by then, so that those are made anew.
 */
function contentOf(
  route: NativeRoute,
  origin: Origin,
  materials: Materials | undefined,
): RouteDraft['content'] {
  const known = contents.get(route)
  if (known !== undefined) return known
  const files = materials === undefined ? noFiles : filesOf(materials, origin)
  const match = matchOf(route)
  const content: RouteDraft['content'] = {
    id: route.name ?? derivedId(route.hosts, match),
    hosts: route.hosts,
    match,
    filters: route.filters.map((filter) => filterSpec(filter, files)),
    target: targetTree(route.to),
    timeouts: route.timeouts,
    retry: route.retry,
    upgrade: upgradeOf(route.upgrade),
    body: route.body,
    accessLog: route.accessLog,
  }
  if (!route.filters.some(namesFile)) contents.set(route, content)
  return content
}

function filesOf(materials: Materials, piece: Origin): FilterFiles {
  const place = { piece, field: 'filters' }
  return {
    ca: (path) => materials.ca(path, place),
    text: (path) => materials.text(path, place),
    users: (written) => materials.users(written, place),
    apiKeys: (written) => materials.apiKeys(written, place),
    extension: (name) => materials.extension(name, place),
    refuse: (path, what, remedy) => materials.refuse(place, path, what, remedy),
  }
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
