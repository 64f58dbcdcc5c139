import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import { permitLease } from './concurrency/permit-script.ts'
import { StoreConcurrency } from './concurrency/store-concurrency.ts'
import { createStore } from './create-store.ts'
import { longestDenial } from './deny-cache.ts'
import type { RunningLimiter, StoreEvent } from './limiter.ts'
import { LocalLimiter } from './local-limiter.ts'
import { RedisLimiter } from './redis-limiter.ts'
import type { RedisSettings } from './redis-settings.ts'
import type { Store, StoreDeps } from './store.ts'

export interface LimiterSettings {
  /** `undefined` counts in memory alone. */
  readonly redis: RedisSettings | undefined
  /** Gateways that share the Redis, as far as that is known: see `setReplicas`. */
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
  const { clock, workers } = deps
  if (redis === undefined) return new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  return createSharedLimits({ redis, replicas }, { ...deps, process: '', lease: permitLease }).limiter
}

/** Everything of one process that counts in a Redis. */
export interface SharedLimits {
  readonly limiter: RunningLimiter
  /** Counts in the store of the limiter: it is started and closed with that. */
  readonly concurrency: StoreConcurrency
}

export interface SharedDeps extends LimiterDeps {
  /** Tells this process from all others that share the Redis. */
  readonly process: string
  /** How long Redis keeps what this process holds, once it is gone. */
  readonly lease: Ms
}

/** What counts in a Redis, over one connection to each server; it connects to nothing before the limiter is started. */
export function createSharedLimits(
  { redis, replicas }: { readonly redis: RedisSettings; readonly replicas: number },
  { clock, random, workers, onEvent, process, lease }: SharedDeps,
): SharedLimits {
  const local = new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  local.setReplicas(replicas)
  const { prefix, deadline } = redis
  const common = { clock, prefix, deadline }
  const store = (storeDeps: StoreDeps): Store => createStore(redis, storeDeps, random)
  const denials = longestDenial[redis.place.kind === 'cluster' ? 'split' : 'whole']
  const limiter = new RedisLimiter({ ...common, store, local, subjects: mostSubjects, denials, onEvent })
  const concurrency = new StoreConcurrency({
    ...common,
    store: limiter.store,
    process,
    lease,
    workers,
    replicas,
  })
  return { limiter, concurrency }
}
