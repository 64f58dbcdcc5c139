import type { AdminDeps } from '../admin/admin-deps.ts'
import { type AdminListenSettings, checkAdminSettings } from '../admin/admin-settings.ts'
import { createAdmin, createHealth } from '../admin/server.ts'
import { resolveSecret } from '../model/secret.ts'
import type { AdminSettings } from '../model/settings.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import { AdminKeeper } from './admin-keeper.ts'

/** The admin address with its token looked up; `undefined` when it is off; a sentence when it must not be opened so. */
export function adminListen(settings: AdminSettings): AdminListenSettings | string | undefined {
  const { address, token: reference } = settings
  if (address === undefined) return undefined
  const sources = { env: process.env, readSecret: readSecretFile }
  const token = reference === undefined ? undefined : resolveSecret(reference, sources)
  if (reference !== undefined && token === undefined) {
    const where = reference.kind === 'env' ? `variable ${reference.name}` : `file ${reference.path}`
    return `admin.token: the ${where} is empty or not there: put the token into it`
  }
  const listen = { address, token }
  return checkAdminSettings(listen) ?? listen
}

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
