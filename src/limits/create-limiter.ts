import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import { ClusterStore } from './cluster-store.ts'
import { findTopology } from './cluster-topology.ts'
import type { RunningLimiter, StoreEvent } from './limiter.ts'
import { LocalLimiter } from './local-limiter.ts'
import { RedisLimiter } from './redis-limiter.ts'
import { RedisLink } from './redis-link.ts'
import type { RedisTarget } from './redis-options.ts'
import type { RedisSettings } from './redis-settings.ts'
import { SingleStore } from './single-store.ts'
import type { Store, StoreDeps } from './store.ts'

export interface LimiterSettings {
  /** `undefined` counts in memory alone. */
  readonly redis: RedisSettings | undefined
  /** Gateways that share the Redis, for what each may admit while it is away: limits are divided by it. */
  readonly replicas: number
}

export interface LimiterDeps {
  readonly clock: Clock
  readonly random: Random
  /** Processes of this gateway that carry traffic, each with a limiter of its own: limits in memory are divided by it too. */
  readonly workers: number
  readonly onEvent: (event: StoreEvent) => void
}

/** Subjects in the memory of a process, some 300 bytes each; the same again for denials known from Redis. */
const mostSubjects = 100_000

/** The limiter of one process; it connects to nothing before `start`. */
export function createLimiter({ redis, replicas }: LimiterSettings, deps: LimiterDeps): RunningLimiter {
  const { clock, random, workers, onEvent } = deps
  if (redis === undefined) return new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  const local = new LocalLimiter(clock, { subjects: mostSubjects, shares: workers * replicas })
  const { prefix, deadline } = redis
  const store = (storeDeps: StoreDeps): Store => storeOf(redis, storeDeps, random)
  return new RedisLimiter({ clock, store, local, prefix, deadline, subjects: mostSubjects, onEvent })
}

function storeOf({ place, prefix, ...login }: RedisSettings, deps: StoreDeps, random: Random): Store {
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
  return place.kind === 'server' ? `${place.address.host}:${place.address.port}` : `${place.name} of Sentinel`
}
