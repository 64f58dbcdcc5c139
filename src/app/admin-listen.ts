import { type AdminListenSettings, checkAdminSettings } from '../admin/admin-settings.ts'
import { resolveSecret } from '../model/secret.ts'
import type { AdminSettings } from '../model/settings.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import { environment } from './environment.ts'

/** The admin address with its token looked up; `undefined` when it is off; a sentence when it must not be opened so. */
export function adminListen(settings: AdminSettings): AdminListenSettings | string | undefined {
  const { address, token: reference } = settings
  if (address === undefined) return undefined
  const sources = { env: environment(), readSecret: readSecretFile }
  const token = reference === undefined ? undefined : resolveSecret(reference, sources)
  if (reference !== undefined && token === undefined) {
    const where = reference.kind === 'env' ? `variable ${reference.name}` : `file ${reference.path}`
    return `admin.token: the ${where} is empty or not there: put the token into it`
  }
  const listen = { address, token }
  return checkAdminSettings(listen) ?? listen
}
