import type { Settings } from '../../model/settings.ts'
import type { NativeSettings } from '../schema/settings.ts'
import { kubernetesSettings } from './kubernetes.ts'

/** Settings as the model has them. @param kubernetesFile the file that has the key `kubernetes`. */
export function settingsOf(native: NativeSettings, cores: number, kubernetesFile: string): Settings {
  const { workers, admin, drain, log, accessLog, kubernetes } = native
  const { address, token, health } = admin
  return {
    workers: workers === 'auto' ? cores : workers,
    admin: { address, token, health },
    drain: { ...drain, websockets: drain.websockets ?? drain.timeout },
    log,
    accessLog,
    kubernetes: kubernetes === undefined ? undefined : kubernetesSettings(kubernetes, kubernetesFile),
  }
}
