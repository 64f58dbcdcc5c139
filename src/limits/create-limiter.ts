import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import { createStore } from './create-store.ts'
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
  const { clock, random, workers, onEvent } = deps
  if (redis === undefined) return new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  const local = new LocalLimiter(clock, { subjects: mostSubjects, shares: workers })
  local.setReplicas(replicas)
  const { prefix, deadline } = redis
  const store = (storeDeps: StoreDeps): Store => createStore(redis, storeDeps, random)
  return new RedisLimiter({ clock, store, local, prefix, deadline, subjects: mostSubjects, onEvent })
}
