import type { StoreConcurrency } from '../../src/limits/concurrency/store-concurrency.ts'
import { createSharedLimits } from '../../src/limits/create-limiter.ts'
import type { RunningLimiter, StoreEvent } from '../../src/limits/limiter.ts'
import type { RedisSettings } from '../../src/limits/redis-settings.ts'
import { systemClock } from '../../src/std/clock.ts'
import { until } from './raw-client.ts'
import { redisAt } from './redis-limiter.ts'

/** What one process counts in a real Redis. */
export interface PermitStage extends AsyncDisposable {
  readonly concurrency: StoreConcurrency
  /** Counts rates over the same connection. */
  readonly limiter: RunningLimiter
  /** What the store told. */
  readonly events: readonly StoreEvent[]
  /** Resolves when the store is in this state. */
  until(state: 'up' | 'down'): Promise<void>
}

export interface PermitStageOptions {
  /** In milliseconds. */
  readonly lease?: number
  readonly replicas?: number
  readonly settings?: Partial<RedisSettings>
}

let processes = 0

/** @param where as of `redisStage`. */
export async function permitStage(
  where: Parameters<typeof redisAt>[0],
  { lease = 15_000, replicas = 1, settings }: PermitStageOptions = {},
): Promise<PermitStage> {
  const events: StoreEvent[] = []
  const { limiter, concurrency } = createSharedLimits(
    { redis: { ...redisAt(where), deadline: 1000, ...settings }, replicas },
    {
      clock: systemClock,
      random: Math.random,
      workers: 1,
      onEvent: (event) => events.push(event),
      process: `process-${++processes}`,
      lease,
    },
  )
  await limiter.start()
  return {
    concurrency,
    limiter,
    events,
    until: (state) => until(() => limiter.counters.store === state, `the store is ${state}`),
    async [Symbol.asyncDispose]() {
      await concurrency.close()
      await limiter.close()
    },
  }
}
