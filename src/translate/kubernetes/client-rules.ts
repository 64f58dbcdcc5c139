import { type CidrSet, parseCidrs } from '../../http/cidr.ts'
import type { NginxExtras } from './annotations/annotations-read.ts'

/** Clients of a path, and whether they get what they ask for. */
export interface ClientRule {
  /** Empty for everybody whom no other rule names. */
  readonly clients: readonly string[]
  readonly kind: 'pass' | 'forbid'
}

const everybody: readonly ClientRule[] = [{ clients: [], kind: 'pass' }]

/**
 * Who may have the paths of an Ingress. Who is denied is denied whatever else allows them: routes with longer blocks are asked first,
 * so with both lists each block becomes a rule of its own, and allowed ones inside of denied ones go.
 *
 * @param matched blocks that the routes are for; they come before those of ingress-nginx, and others get no answer from these routes.
 */
export function clientRules(
  { allowClients, denyClients }: Pick<NginxExtras, 'allowClients' | 'denyClients'>,
  matched: readonly string[],
): readonly ClientRule[] {
  const allowed = matched.length > 0 ? matched : allowClients
  if (allowed === undefined && denyClients.length === 0) return everybody
  const rest: readonly ClientRule[] =
    allowed === undefined ? everybody : matched.length > 0 ? [] : [{ clients: [], kind: 'forbid' }]
  if (denyClients.length === 0) return [...passing(allowed ?? []), ...rest]
  if (allowed === undefined) return [{ clients: denyClients, kind: 'forbid' }, ...rest]
  const denied = parseCidrs(denyClients)
  const open = allowed.filter((block) => !isWithin(block, denyClients, denied))
  return [
    ...denyClients.map((block) => ({ clients: [block], kind: 'forbid' }) as const),
    ...open.map((block) => ({ clients: [block], kind: 'pass' }) as const),
    ...rest,
  ]
}

function passing(clients: readonly string[]): readonly ClientRule[] {
  return clients.length === 0 ? [] : [{ clients, kind: 'pass' }]
}

/** Whether all addresses of a block are in one of others. */
function isWithin(block: string, others: readonly string[], all: CidrSet): boolean {
  const address = block.split('/')[0] ?? ''
  if (!all.has(address)) return false
  const { widest } = parseCidrs([block])
  return others.some((other) => {
    const set = parseCidrs([other])
    return set.has(address) && set.widest <= widest
  })
}
