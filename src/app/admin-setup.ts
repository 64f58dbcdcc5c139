import type { AdminDeps } from '../admin/admin-deps.ts'
import type { AdminListenSettings } from '../admin/admin-settings.ts'
import { createAdmin, createHealth } from '../admin/server.ts'
import type { AdminSettings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import { AdminKeeper } from './admin-keeper.ts'

/** The servers beside the traffic: admin and, when it is configured, health. */
export function adminKeepers(
  deps: AdminDeps,
  listen: AdminListenSettings | undefined,
  health: AdminSettings['health'],
  surroundings: { readonly clock: Clock; readonly logger: Logger },
): AdminKeeper[] {
  const keepers: AdminKeeper[] = []
  if (listen !== undefined) {
    const create = () => createAdmin(deps, listen)
    keepers.push(new AdminKeeper({ ...surroundings, name: 'admin', address: listen.address, create }))
  }
  if (health !== undefined) {
    const create = () => createHealth(deps, health)
    keepers.push(new AdminKeeper({ ...surroundings, name: 'health', address: health.address, create }))
  }
  return keepers
}
