import { sharedCidrs } from '../http/shared-cidrs.ts'
import type { LimitRule } from '../model/filters/limit-rule.ts'
import type { RequestDraft } from './filter.ts'

/** Whether a rule leaves a request out; `undefined` for one that leaves out nobody. */
export type Exemption = ((request: RequestDraft) => boolean) | undefined

/** Works out whom a rule leaves out. */
export function exemption({
  exceptClients,
  exceptIdentities,
}: Pick<LimitRule, 'exceptClients' | 'exceptIdentities'>): Exemption {
  const clients = exceptClients.length === 0 ? undefined : sharedCidrs(exceptClients)
  const identities = exceptIdentities.length === 0 ? undefined : new Set(exceptIdentities)
  if (clients === undefined && identities === undefined) return undefined
  return ({ clientAddress, identity }) =>
    clients?.has(clientAddress) === true ||
    (identity !== undefined && identities?.has(identity.subject) === true)
}
