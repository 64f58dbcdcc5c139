import { sharedCidrs } from '../http/shared-cidrs.ts'
import type { IpRules } from '../model/filters/ip-rules.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter } from './filter.ts'

/**
 * Refuses client addresses that are denied, or not among those allowed. The address is the one behind trusted proxies.
 *
 * Where: behind `cors` and `httpsRedirect`, in front of everything that asks or counts. Cost: two binary searches. Buffers nothing;
 * always can decide: a client without an address, on a unix socket, is none of those allowed. Reason: `client_refused`.
 */
export function ipRules(spec: IpRules): Filter {
  const denied = sharedCidrs(spec.deny)
  const allowed = sharedCidrs(spec.allow)
  const allowsAll = spec.allow.length === 0
  return {
    kind: 'ipRules',
    summary: summaryOf(spec),
    onRequest({ clientAddress }) {
      if (denied.has(clientAddress)) return refusal(`the address "${clientAddress}" is denied`)
      if (allowsAll || allowed.has(clientAddress)) return undefined
      return refusal(`the address "${clientAddress}" is not among those allowed`)
    },
    onResponse: undefined,
    foresee: 'by running',
  }
}

function refusal(detail: string): LocalReply {
  return { status: 403, reason: 'client_refused', fields: '', body: undefined, detail }
}

function summaryOf({ allow, deny }: IpRules): string {
  const parts = [
    deny.length > 0 ? `denies ${some(deny)}` : '',
    allow.length > 0 ? `allows ${some(allow)} alone` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function some(blocks: readonly string[]): string {
  return blocks.length > 4
    ? `${blocks.slice(0, 4).join(', ')} and ${blocks.length - 4} others`
    : blocks.join(', ')
}
