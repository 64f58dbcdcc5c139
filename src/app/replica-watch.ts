import { randomBytes } from 'node:crypto'
import { createStore } from '../limits/create-store.ts'
import { LimitCounts } from '../limits/limit-counts.ts'
import { ReplicaCount } from '../limits/replicas/replica-count.ts'
import type { RedisStore } from '../model/redis-store.ts'
import type { Clock } from '../std/clock.ts'
import type { ControlMetrics } from '../telemetry/control-metrics.ts'
import type { Logger } from '../telemetry/log.ts'
import { redisSettings } from './redis-settings.ts'

export interface ReplicaWatchDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<ControlMetrics, 'replicas'>
  readonly redis: RedisStore
  /** Of every number that is new. */
  readonly onCount: (count: number) => void
}

/**
 * Counts the gateways that share the Redis of rate limits, unless the configuration says how many there are; connects to nothing
 * before it is started. It has a connection of its own: those who decide over requests tell when Redis goes and comes.
 */
export function replicaWatch(deps: ReplicaWatchDeps): ReplicaCount | undefined {
  const { clock, logger, metrics, redis } = deps
  if (redis.replicas !== 'auto') {
    metrics.replicas(redis.replicas, 'configured')
    return undefined
  }
  metrics.replicas(1, 'assumed')
  const { settings, secrets } = redisSettings(redis)
  for (const secret of secrets) logger.hide(secret.reveal())
  const store = createStore(
    settings,
    { clock, counts: new LimitCounts(), onEvent: () => {}, onDown: () => {} },
    Math.random,
  )
  return new ReplicaCount({
    clock,
    store,
    prefix: settings.prefix,
    id: randomBytes(8).toString('hex'),
    onCount(count, from) {
      logger.info('gateways that share the Redis of rate limits', { replicas: count, from })
      metrics.replicas(count, from)
      deps.onCount(count)
    },
  })
}
