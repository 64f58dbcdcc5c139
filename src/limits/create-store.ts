import type { Random } from '../std/random.ts'
import { ClusterStore } from './cluster-store.ts'
import { findTopology } from './cluster-topology.ts'
import { RedisLink } from './redis-link.ts'
import type { RedisTarget } from './redis-options.ts'
import type { RedisSettings } from './redis-settings.ts'
import { SingleStore } from './single-store.ts'
import type { Store, StoreDeps } from './store.ts'

/** The Redis of some settings; it connects to nothing before `start`. */
export function createStore(
  { place, prefix, ...login }: RedisSettings,
  deps: StoreDeps,
  random: Random,
): Store {
  const { clock } = deps
  if (place.kind === 'cluster')
    return new ClusterStore(
      {
        seeds: place.addresses,
        prefix,
        random,
        linkTo: (address) =>
          new RedisLink({ kind: 'server', address, database: 0 }, login, { clock, random }),
        findTopology: (addresses) => findTopology(addresses, login),
      },
      deps,
    )
  const link = new RedisLink(place, login, { clock, random })
  return new SingleStore({ name: nameOf(place), link, prefix }, deps)
}

/** What the log calls it. */
function nameOf(place: RedisTarget): string {
  return place.kind === 'server'
    ? `${place.address.host}:${place.address.port}`
    : `${place.name} of its Sentinels`
}
