import type { BasicAuth } from '../../../model/filters/basic-auth.ts'
import type { NativeBasicAuth } from '../../schema/filters/basic-auth.ts'
import type { FilterFiles } from '../filter-files.ts'

/** Basic authentication as the model has it. */
export function basicAuthSpec(native: NativeBasicAuth, files: FilterFiles): BasicAuth {
  const { users, realm, authorization, userHeader } = native
  return { realm, users: files.users(users), authorization, userHeader }
}
