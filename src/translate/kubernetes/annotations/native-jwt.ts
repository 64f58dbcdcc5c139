import { quoted } from '../../../std/quoted.ts'
import type { NativeFilter } from '../../schema/filter.ts'
import type { Told } from './problems.ts'

/**
 * What an Ingress may not write of checks of tokens: files are those of the gateway, and a URL would have the gateway ask servers
 * that the tenant may not be able to reach. Keys that stand in the annotation itself need neither.
 *
 * @param isForged whether a request header says who asks, which only the gateway writes.
 */
export function tokenCheckFlaw(
  filters: readonly NativeFilter[],
  isForged: (header: string) => boolean,
): Told | undefined {
  for (const { jwt } of filters) {
    if (jwt === undefined) continue
    const named = jwt.secret === undefined ? outside(jwt.jwks) : 'secret'
    if (named !== undefined)
      return {
        message: `filters has "jwt" with ${quoted(named)}, which an Ingress cannot have: the gateway would read or fetch it for whoever asks`,
        remedy: 'write the public keys as "jwks: { inline: … }", or have the operator configure the route',
      }
    const forged = jwt.forward.find(([header]) => isForged(header))
    if (forged !== undefined)
      return {
        message: `filters writes the request header ${quoted(forged[0])}, by which upstreams know who asks`,
        remedy: 'choose another name: the gateway writes this one',
      }
  }
  return undefined
}

function outside(jwks: NonNullable<NativeFilter['jwt']>['jwks']): string | undefined {
  if (jwks?.url !== undefined) return 'jwks.url'
  return jwks?.file === undefined ? undefined : 'jwks.file'
}
