import { randomBytes } from 'node:crypto'
import { permitLease } from '../limits/concurrency/permit-script.ts'
import { createSharedLimits, type SharedLimits } from '../limits/create-limiter.ts'
import type { StoreEvent } from '../limits/limiter.ts'
import type { RedisPlace } from '../model/redis-store.ts'
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
  const onEvent = storeEventLog(logger, store.place.kind)
  const replicas = store.replicas === 'auto' ? 1 : store.replicas
  const process = randomBytes(9).toString('base64url')
  return createSharedLimits(
    { redis, replicas },
    { clock, random, workers, onEvent, process, lease: permitLease },
  )
}

function storeEventLog(logger: Logger, kind: RedisPlace['kind']): (event: StoreEvent) => void {
  const who = kind === 'cluster' ? 'a node of the Redis of rate limits' : 'the Redis of rate limits'
  const whose = kind === 'cluster' ? 'limits of its slots' : 'limits'
  return ({ store: redis, from, to, cause }) => {
    if (to === from) logger.warn(`${who} refuses limits: they go by onStoreError`, { redis, cause })
    else if (to === 'up') logger.info(`${who} answers`, { redis, was: from })
    else logger.warn(`${who} does not answer: ${whose} go by onStoreError`, { redis, cause })
  }
}
