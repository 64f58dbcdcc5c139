import type { Settings } from '../../model/settings.ts'
import type { NativeSettings } from '../schema/settings.ts'

/** Settings as the model has them. */
export function settingsOf(native: NativeSettings, cores: number): Settings {
  const { workers, admin, drain, log, accessLog } = native
  const { address, token, health } = admin
  return {
    workers: workers === 'auto' ? cores : workers,
    admin: { address, token, health },
    drain: { ...drain, websockets: drain.websockets ?? drain.timeout },
    log,
    accessLog,
  }
}
