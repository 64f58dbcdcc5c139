import { createLimiter } from '../../src/limits/create-limiter.ts'
import type { Ask, Limit, RunningLimiter, StoreEvent, Verdict } from '../../src/limits/limiter.ts'
import type { RedisPlace, RedisSentinels, RedisSettings } from '../../src/limits/redis-settings.ts'
import type { RedisAddress } from '../../src/model/redis-store.ts'
import { type Clock, systemClock } from '../../src/std/clock.ts'

/** A limiter on a real Redis, with what it told. */
export interface RedisStage extends AsyncDisposable {
  readonly limiter: RunningLimiter
  readonly events: StoreEvent[]
  /** Asks each limit for the subject `ann`, or that given, at cost 1. */
  take(...asks: readonly (Limit | Ask)[]): Promise<Verdict>
  /** Resolves when the store is in this state. */
  until(state: 'up' | 'down'): Promise<void>
  /** Resolves when so many events have been told. */
  untilEvents(count: number): Promise<void>
}

export interface RedisStageOptions {
  readonly clock?: Clock
  readonly replicas?: number
  readonly settings?: Partial<RedisSettings>
}

/** @param where the port of one server, those of some nodes of a Cluster, or Sentinels. */
export async function redisStage(
  where: number | readonly number[] | RedisSentinels,
  options: RedisStageOptions = {},
): Promise<RedisStage> {
  const events: StoreEvent[] = []
  const waiting = new Set<() => void>()
  const limiter = createLimiter(
    { redis: { ...redisAt(where), ...options.settings }, replicas: options.replicas ?? 1 },
    {
      clock: options.clock ?? systemClock,
      random: () => 0.5,
      workers: 1,
      onEvent(event) {
        events.push(event)
        for (const look of waiting) look()
      },
    },
  )
  const untilSeen = (isSeen: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSeen()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await limiter.start()
  return {
    limiter,
    events,
    take: async (...asks) => limiter.take(asks.map(asAsk)),
    until: (state) => untilSeen(() => limiter.counters.store === state),
    untilEvents: (count) => untilSeen(() => events.length >= count),
    [Symbol.asyncDispose]: () => limiter.close(),
  }
}

/** A Redis on the loopback, without a password. */
export function redisAt(where: Parameters<typeof redisStage>[0]): RedisSettings {
  return {
    place: placeOf(where),
    username: undefined,
    password: undefined,
    tls: undefined,
    prefix: 'tidegate:',
    deadline: 50,
  }
}

function placeOf(where: Parameters<typeof redisStage>[0]): RedisPlace {
  const at = (port: number): RedisAddress => ({ host: '127.0.0.1', port })
  if (typeof where === 'number') return { kind: 'server', address: at(where), database: 0 }
  return 'kind' in where ? where : { kind: 'cluster', addresses: where.map(at) }
}

function asAsk(of: Limit | Ask): Ask {
  return 'limit' in of ? of : { limit: of, subject: 'ann', cost: 1 }
}

/** A limit of so many a second. */
export function limitOf(
  rate: number,
  burst: number,
  { id = 'api', onStoreError = 'local' }: { id?: string; onStoreError?: Limit['onStoreError'] } = {},
): Limit {
  return { id, kind: 'rate', rate, per: 1000, burst, overdraft: 0, onStoreError }
}

/** How many of so many questions, all asked at once, were admitted. */
export async function admittedOf(times: number, take: () => Promise<Verdict>): Promise<number> {
  const verdicts = await Promise.all(Array.from({ length: times }, take))
  return verdicts.filter(({ kind }) => kind === 'admitted').length
}
