import { sharedCidrs } from '../http/shared-cidrs.ts'
import type { Maintenance } from '../model/filters/maintenance.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter } from './filter.ts'

/**
 * Answers 503 with `retry-after` to everybody but some clients, who see the route as it is. Never from a cache.
 *
 * Where: behind `cors` and `httpsRedirect`, in front of everything else. Cost: a binary search, the same answer every time. Buffers
 * nothing; always can decide. Reason: `maintenance`.
 */
export function maintenance({ retryAfter, body, contentType, except }: Maintenance): Filter {
  const passing = sharedCidrs(except)
  const seconds = Math.ceil(retryAfter / 1000)
  const type = body === '' ? '' : `content-type: ${contentType}\r\n`
  const reply: LocalReply = Object.freeze({
    status: 503,
    reason: 'maintenance',
    fields: `retry-after: ${seconds}\r\ncache-control: no-store\r\n${type}`,
    body: body === '' ? undefined : body,
    isFixed: true,
    detail: 'the route is in maintenance',
  })
  return {
    kind: 'maintenance',
    summary: `503 for ${seconds} s${except.length === 0 ? '' : `, except for ${except.join(', ')}`}`,
    onRequest: ({ clientAddress }) => (passing.has(clientAddress) ? undefined : reply),
    onResponse: undefined,
    foresee: 'by running',
  }
}
