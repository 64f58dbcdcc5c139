import { randomBytes } from 'node:crypto'
import { permitLease } from '../limits/concurrency/permit-script.ts'
import { createSharedLimits, type SharedLimits } from '../limits/create-limiter.ts'
import type { StoreEvent } from '../limits/limiter.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import type { WorkerPlace } from './messages.ts'
import { redisSettings } from './redis-settings.ts'

export interface SharedLimitsDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly place: WorkerPlace
}

/** What counts in the Redis of a process; `undefined` when there is none. It tells when Redis goes and comes. */
export function sharedLimits({ clock, random, logger, place }: SharedLimitsDeps): SharedLimits | undefined {
  const { redis: store, workers } = place.settings
  if (store === undefined) return undefined
  const { settings: redis, secrets, missing } = redisSettings(store)
  for (const sentence of missing) logger.error(sentence)
  for (const secret of secrets) logger.hide(secret.reveal())
  const onEvent = storeEventLog(logger)
  const replicas = store.replicas === 'auto' ? 1 : store.replicas
  const process = randomBytes(9).toString('base64url')
  return createSharedLimits(
    { redis, replicas },
    { clock, random, workers, onEvent, process, lease: permitLease },
  )
}

function storeEventLog(logger: Logger): (event: StoreEvent) => void {
  return ({ store: redis, from, to, cause }) => {
    if (to === 'up') logger.info('the Redis of rate limits answers', { redis, was: from })
    else logger.warn('the Redis of rate limits does not answer: limits go by onStoreError', { redis, cause })
  }
}
