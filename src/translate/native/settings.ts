import type { Settings } from '../../model/settings.ts'
import type { NativeSettings, OptionalBlock } from '../schema/settings.ts'
import { kubernetesSettings } from './kubernetes.ts'
import { redisStore } from './redis.ts'

/** Settings as the model has them. @param fileOf the file that a block is written in. */
export function settingsOf(
  native: NativeSettings,
  cores: number,
  fileOf: (block: OptionalBlock) => string,
): Settings {
  const { workers, admin, drain, log, accessLog, kubernetes, redis } = native
  const { address, token, health } = admin
  return {
    workers: workers === 'auto' ? cores : workers,
    admin: { address, token, health },
    drain: { ...drain, websockets: drain.websockets ?? drain.timeout },
    log,
    accessLog,
    redis: redis === undefined ? undefined : redisStore(redis, fileOf('redis')),
    kubernetes: kubernetes === undefined ? undefined : kubernetesSettings(kubernetes, fileOf('kubernetes')),
  }
}
